"""The menu: which screens there are, in which area, and which of them a person's roles need."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from models import Person, Role
from pages.account import account
from pages.admin.master import master_data
from pages.admin.people import people
from pages.admin.routes import routes
from pages.admin.settings import settings
from pages.budget.burning import burning
from pages.budget.control_list import control_page
from pages.budget.plans import plans
from pages.complaints.register import complaint_register
from pages.complaints.turnaround import complaint_turnaround
from pages.deputies import deputies
from pages.expenses.advances import open_advances
from pages.expenses.payments import payments
from pages.expenses.spending import spending
from pages.governance.training import trainings_due
from pages.home import home
from pages.inbox import inbox
from pages.papers.kind import page_of
from pages.papers.listing import mine
from pages.papers.trip_folder import trip_folder
from services.access import DEPARTMENT_READERS, MONEY_READERS, READS_ALL, deals_with
from services.documents import KINDS
from services.engine.versions import waiting_kinds
from services.inbox import count_waiting
from services.master_data import masters_of
from services.people import standing
from services.reports.budget import BUDGET_READERS
from services.reports.control_list import READERS as CONTROL_READERS
from services.reports.plans import may_follow
from services.reports.spending import SPENDING_READERS
from services.reports.training_due import READERS as TRAINING_READERS
from services.reports.turnaround import MANAGERS
from services.setting_changes import count_waiting_settings


@dataclass(frozen=True)
class MenuPage:
    """A screen in the menu: the text key of its name, its address, and a count of what waits there."""

    key: str
    url_path: str
    icon: str
    function: Callable[[], None]
    count: int | None = None
    hidden: bool = False
    """There for links, but not in the menu."""


CASE_READERS = (
    KINDS["CP"].readers | KINDS["CP"].starters | DEPARTMENT_READERS | READS_ALL | {Role.SALES_MANAGER, Role.SALESPERSON}
)
"""Whose menu has the register of complaints; it shows each of them the cases that he may read."""
AREAS = ("expenses", "budget", "complaints", "service", "governance")


def pages_for(session: Session, person: Person, now: datetime) -> dict[str, list[MenuPage]]:
    """Section key -> its screens. Home and inbox first; whoever only sets up sees no papers in his menu."""
    roles = standing(session, person).roles
    only_sets_up = roles == {Role.ADMINISTRATOR}
    menu = {
        "menu.start": [
            MenuPage("menu.home", "home", ":material/home:", home),
            MenuPage(
                "menu.inbox", "inbox", ":material/inbox:", inbox, sum(count_waiting(session, person, now).values())
            ),
            MenuPage("menu.mine", "mine", ":material/outbox:", mine, hidden=only_sets_up),
        ]
    }
    for area in AREAS:
        kinds = [kind for kind in KINDS.values() if kind.area == area]
        papers = [
            MenuPage(
                f"kind.{kind.code}",
                kind.slug,
                kind.icon,
                page_of(kind.code),
                hidden=only_sets_up or not deals_with(session, person, kind.code),
            )
            for kind in kinds
        ]
        if area == "expenses":
            papers.append(MenuPage("menu.trip", "trip", ":material/folder_open:", trip_folder, hidden=True))
            reads = bool(roles & (MONEY_READERS | DEPARTMENT_READERS | READS_ALL))
            pays = Role.CASHIER in roles
            papers.append(
                MenuPage("menu.payments", "payments", ":material/account_balance:", payments, hidden=not pays)
            )
            sees = bool(roles & SPENDING_READERS)
            papers.append(MenuPage("menu.spending", "spending", ":material/query_stats:", spending, hidden=not sees))
            papers.append(
                MenuPage("menu.open_advances", "open_advances", ":material/hourglass:", open_advances, hidden=not reads)
            )
        if area == "budget":
            reads = bool(roles & BUDGET_READERS)
            follows = may_follow(session, person)
            papers.append(MenuPage("menu.plan_progress", "plan_progress", ":material/rule:", plans, hidden=not follows))
            papers.insert(0, MenuPage("menu.budget", "budget", ":material/monitoring:", burning, hidden=not reads))
            reads = bool(roles & CONTROL_READERS)
            papers.append(
                MenuPage("menu.control_list", "control_list", ":material/policy:", control_page, hidden=not reads)
            )
        if area == "complaints":
            looks = bool(roles & CASE_READERS)
            papers.append(
                MenuPage(
                    "menu.complaint_register",
                    "complaint_register",
                    ":material/checklist:",
                    complaint_register,
                    hidden=not looks,
                )
            )
            manages = bool(roles & MANAGERS)
            papers.append(
                MenuPage("menu.turnaround", "turnaround", ":material/timer:", complaint_turnaround, hidden=not manages)
            )
        if area == "governance":
            sees = bool(roles & TRAINING_READERS)
            papers.append(
                MenuPage("menu.training_due", "training_due", ":material/event_repeat:", trainings_due, hidden=not sees)
            )
        if papers:
            menu[f"area.{area}"] = papers
    sets_up, keeps = Role.ADMINISTRATOR in roles, bool(masters_of(session, person))
    menu["area.admin"] = [
        MenuPage("menu.people", "people", ":material/group:", people, hidden=not sets_up),
        MenuPage("menu.master", "master_data", ":material/database:", master_data, hidden=not keeps),
        *_rules(session, decides=Role.GENERAL_MANAGER in roles, sets_up=sets_up),
    ]
    menu["menu.me"] = [
        MenuPage("menu.account", "account", ":material/person:", account),
        MenuPage("menu.deputies", "deputies", ":material/swap_horiz:", deputies),
    ]
    return menu


def _rules(session: Session, *, decides: bool, sets_up: bool) -> Iterator[MenuPage]:
    """Routes and settings: the general manager sees how many proposals wait for him (P6-5)."""
    hidden = not (sets_up or decides)
    count = len(waiting_kinds(session)) if decides else None
    yield MenuPage("menu.routes", "routes", ":material/route:", routes, count, hidden=hidden)
    count = count_waiting_settings(session) if decides else None
    yield MenuPage("menu.settings", "settings", ":material/tune:", settings, count, hidden=hidden)
