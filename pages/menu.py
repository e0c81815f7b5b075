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
from pages.budget.costs import cost_report
from pages.budget.month_end import month_end
from pages.budget.opening import opening
from pages.budget.plans import plans
from pages.complaints.actions import open_actions
from pages.complaints.due import due
from pages.complaints.register import complaint_register
from pages.complaints.turnaround import complaint_turnaround
from pages.deputies import deputies
from pages.expenses.advances import open_advances
from pages.expenses.bank_accounts import bank_accounts
from pages.expenses.paper_vouchers import paper_vouchers
from pages.expenses.payments import payments
from pages.expenses.registers import registers_page
from pages.expenses.spending import spending
from pages.governance.briefing import briefing_page
from pages.governance.compliance import compliance_page
from pages.governance.evaluation import evaluation_page
from pages.governance.inspections import inspections_page
from pages.governance.scorecards import scorecards_page
from pages.governance.training import trainings_due
from pages.home import home
from pages.inbox import inbox
from pages.papers.kind import page_of
from pages.papers.listing import mine
from pages.papers.trip_folder import trip_folder
from pages.service.board import dispatch_board
from pages.service.customer import customer_page
from pages.service.missing_parts import missing
from pages.service.receivables import receivables_page
from pages.service.register import call_register
from pages.service.suppliers import suppliers
from services.access import DEPARTMENT_READERS, MONEY_READERS, READS_ALL, deals_with
from services.compliance import READERS
from services.documents import KINDS
from services.documents.bank_accounts import ENTERERS, count_to_confirm
from services.engine.versions import waiting_kinds
from services.inbox import tally
from services.master_data import masters_of
from services.people import standing
from services.reports.briefing import READERS as BRIEFED
from services.reports.budget import BUDGET_READERS
from services.reports.contacts_due import ASKERS
from services.reports.control_list import READERS as CONTROL_READERS
from services.reports.customer_history import HISTORY_READERS
from services.reports.dispatch import BOARD_READERS
from services.reports.inspections import READERS as INSPECTION_READERS
from services.reports.missing_parts import READERS as MISSING_READERS
from services.reports.open_actions import CHASERS
from services.reports.order_register import CALL_READERS
from services.reports.plans import may_follow
from services.reports.receivables import INCOME_READERS
from services.reports.registers_due import may_follow_registers
from services.reports.scorecards import has_scorecard
from services.reports.spending import SPENDING_READERS
from services.reports.suppliers import READERS as SCORE_READERS
from services.reports.training_due import READERS as TRAINING_READERS
from services.reports.turnaround import MANAGERS
from services.setting_changes import count_waiting_settings
from services.voucher_receipts import RECEIVERS


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


@dataclass(frozen=True)
class Screen:
    """A screen of an area beside its papers, and whose menu has it."""

    area: str
    key: str
    url_path: str
    icon: str
    function: Callable[[], None]
    needed: frozenset[Role] | Callable[[Session, Person], bool]
    """Roles of which one is enough, or a question; an empty set: it is there for links alone."""
    first: bool = False
    """Before the papers of the area."""
    waits: Callable[[Session, Person], int] | None = None
    """How much of it waits for the person."""

    def hidden_from(self, session: Session, person: Person, roles: frozenset[Role]) -> bool:
        return not (self.needed & roles if isinstance(self.needed, frozenset) else self.needed(session, person))


SCREENS = (
    Screen("expenses", "menu.trip", "trip", ":material/folder_open:", trip_folder, frozenset()),
    Screen("expenses", "menu.payments", "payments", ":material/account_balance:", payments, frozenset({Role.CASHIER})),
    Screen(
        "expenses",
        "menu.registers_due",
        "registers_due",
        ":material/event_note:",
        registers_page,
        may_follow_registers,
    ),
    Screen(
        "expenses", "menu.paper_vouchers", "paper_vouchers", ":material/qr_code_scanner:", paper_vouchers, RECEIVERS
    ),
    Screen(
        "expenses",
        "menu.bank_accounts",
        "bank_accounts",
        ":material/credit_card:",
        bank_accounts,
        ENTERERS,
        waits=count_to_confirm,
    ),
    Screen("expenses", "menu.spending", "spending", ":material/query_stats:", spending, SPENDING_READERS),
    Screen(
        "expenses",
        "menu.open_advances",
        "open_advances",
        ":material/hourglass:",
        open_advances,
        MONEY_READERS | DEPARTMENT_READERS | READS_ALL,
    ),
    Screen("budget", "menu.budget", "budget", ":material/monitoring:", burning, BUDGET_READERS, first=True),
    Screen("budget", "menu.costs", "costs", ":material/stacked_bar_chart:", cost_report, SPENDING_READERS),
    Screen("budget", "menu.month_end", "month_end", ":material/event_available:", month_end, may_follow),
    Screen("budget", "menu.plan_progress", "plan_progress", ":material/rule:", plans, may_follow),
    Screen("budget", "menu.opening", "opening", ":material/upload_file:", opening, KINDS["OE"].starters),
    Screen("budget", "menu.control_list", "control_list", ":material/policy:", control_page, CONTROL_READERS),
    Screen(
        "complaints",
        "menu.complaint_register",
        "complaint_register",
        ":material/checklist:",
        complaint_register,
        CASE_READERS,
    ),
    Screen(
        "governance", "menu.compliance", "compliance", ":material/fact_check:", compliance_page, READERS, first=True
    ),
    Screen("governance", "menu.briefing", "briefing", ":material/slideshow:", briefing_page, BRIEFED, first=True),
    Screen("complaints", "menu.turnaround", "turnaround", ":material/timer:", complaint_turnaround, MANAGERS),
    Screen("complaints", "menu.contacts_due", "contacts_due", ":material/event_upcoming:", due, ASKERS),
    Screen("complaints", "menu.open_actions", "open_actions", ":material/task:", open_actions, CHASERS),
    Screen("service", "menu.call_register", "call_register", ":material/menu_book:", call_register, CALL_READERS),
    Screen("service", "menu.customer", "customer", ":material/domain:", customer_page, HISTORY_READERS),
    Screen("service", "menu.receivables", "receivables", ":material/request_quote:", receivables_page, INCOME_READERS),
    Screen("service", "menu.dispatch_board", "dispatch_board", ":material/view_kanban:", dispatch_board, BOARD_READERS),
    Screen(
        "service",
        "menu.missing_parts",
        "missing_parts",
        ":material/production_quantity_limits:",
        missing,
        MISSING_READERS,
    ),
    Screen("service", "menu.suppliers", "suppliers", ":material/leaderboard:", suppliers, SCORE_READERS),
    Screen(
        "governance",
        "menu.training_due",
        "training_due",
        ":material/event_repeat:",
        trainings_due,
        TRAINING_READERS,
    ),
    Screen(
        "governance",
        "menu.inspections",
        "inspections",
        ":material/event_available:",
        inspections_page,
        INSPECTION_READERS,
    ),
    Screen("governance", "menu.scorecards", "scorecards", ":material/leaderboard:", scorecards_page, has_scorecard),
    Screen("governance", "menu.evaluation", "evaluation", ":material/balance:", evaluation_page, BUDGET_READERS),
)


def pages_for(session: Session, person: Person, now: datetime) -> dict[str, list[MenuPage]]:
    """Section key -> its screens. Home and inbox first; whoever only sets up sees no papers in his menu."""
    roles = standing(session, person).roles
    only_sets_up = roles == {Role.ADMINISTRATOR}
    menu = {
        "menu.start": [
            MenuPage("menu.home", "home", ":material/home:", home),
            MenuPage("menu.inbox", "inbox", ":material/inbox:", inbox, tally(session, person, now).count),
            MenuPage("menu.mine", "mine", ":material/outbox:", mine, hidden=only_sets_up),
        ]
    }
    for area in AREAS:
        first, after = [], []
        for screen in SCREENS:
            if screen.area == area:
                (first if screen.first else after).append(
                    MenuPage(
                        screen.key,
                        screen.url_path,
                        screen.icon,
                        screen.function,
                        screen.waits(session, person) if screen.waits else None,
                        hidden=screen.hidden_from(session, person, frozenset(roles)),
                    )
                )
        papers = [
            MenuPage(
                f"kind.{kind.code}",
                kind.slug,
                kind.icon,
                page_of(kind.code),
                hidden=only_sets_up or not deals_with(session, person, kind.code),
            )
            for kind in KINDS.values()
            if kind.area == area
        ]
        if first or papers or after:
            menu[f"area.{area}"] = [*first, *papers, *after]
    sets_up, keeps = Role.ADMINISTRATOR in roles, bool(masters_of(session, person))
    menu["area.admin"] = [
        MenuPage("menu.people", "people", ":material/group:", people, hidden=not sets_up),
        MenuPage("menu.master", "master_data", ":material/database:", master_data, hidden=not keeps),
        *_rules(session, decides=Role.GENERAL_MANAGER in roles, sets_up=sets_up),
    ]
    menu["menu.me"] = [
        MenuPage("menu.account", "account", ":material/account_circle:", account),
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
