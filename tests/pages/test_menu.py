"""Who finds what in the menu, and that every page speaks both languages to everyone."""

import pytest
from streamlit.testing.v1 import AppTest

from models import Document
from pages.menu import SCREENS
from services.documents import KINDS
from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import chinese_labels, errors, go, menu, menu_words, raw_keys, shown, zh
from tests.story import drafted_trip, finished_trip, sent_claim, sent_trip

ROLES = (
    "engineer", "clerk", "department_head", "vice_president", "office_director", "finance_officer", "cashier",
    "general_manager", "administrator", "stranger",
)  # fmt: skip
EVERYBODY = set(ROLES) - {"administrator"}
LEADERS = {"department_head", "vice_president", "general_manager"}
LOOK_AFTER = {"clerk", *LEADERS}
"""A department, or several."""
KEEP_PAPERS = EVERYBODY - {"engineer", "office_director", "stranger"}
"""Who reads papers of others."""
MANAGE = EVERYBODY - {"engineer", "clerk", "stranger"}
OVER_MONEY = {"finance_officer", "cashier", "general_manager"}
OUT_THERE = {"engineer", "stranger"}
MENU = {
    "": EVERYBODY,
    "inbox": EVERYBODY,
    "mine": EVERYBODY,
    "travel_requests": EVERYBODY,
    "field_reports": EVERYBODY,
    "spending_requests": EVERYBODY,
    "cash_advances": EVERYBODY,
    "expense_claims": EVERYBODY,
    "monthly_registers": KEEP_PAPERS,
    "payments": {"cashier"},
    "registers_due": KEEP_PAPERS,
    "paper_vouchers": {"clerk", "finance_officer"},
    "bank_accounts": {"finance_officer", "cashier"},
    "spending": MANAGE,
    "open_advances": KEEP_PAPERS,
    "budget": MANAGE,
    "budget_plans": KEEP_PAPERS,
    "company_budgets": OVER_MONEY,
    "budget_adjustments": KEEP_PAPERS,
    "budget_requests": EVERYBODY,
    "cost_entries": KEEP_PAPERS,
    "settlements": KEEP_PAPERS,
    "opening_entries": OVER_MONEY,
    "costs": MANAGE,
    "month_end": KEEP_PAPERS,
    "plan_progress": KEEP_PAPERS,
    "opening": {"finance_officer"},
    "control_list": OVER_MONEY,
    "complaints": EVERYBODY,
    "corrective_actions": EVERYBODY,
    "satisfaction_surveys": LOOK_AFTER,
    "customer_visits": LOOK_AFTER | OUT_THERE,
    "analysis_reports": {"general_manager"},
    "complaint_register": LOOK_AFTER,
    "turnaround": LEADERS,
    "contacts_due": LOOK_AFTER,
    "open_actions": LOOK_AFTER,
    "service_orders": EVERYBODY,
    "service_income": KEEP_PAPERS,
    "parts_requests": EVERYBODY,
    "supplier_notices": EVERYBODY,
    "returns": OVER_MONEY | OUT_THERE,
    "call_register": LOOK_AFTER,
    "customer": EVERYBODY - {"office_director"},
    "receivables": KEEP_PAPERS,
    "missing_parts": LEADERS | OUT_THERE,
    "suppliers": LEADERS,
    "compliance": MANAGE - {"cashier"},
    "briefing": LEADERS - {"department_head"},
    "trainings": LOOK_AFTER,
    "violations": OVER_MONEY - {"cashier"},
    "assessments": LOOK_AFTER,
    "budget_inspections": {"general_manager"},
    "training_due": LOOK_AFTER,
    "inspections": {"general_manager"},
    "scorecards": LOOK_AFTER | OUT_THERE,
    "evaluation": MANAGE,
    "routes": {"general_manager"},
    "settings": {"general_manager"},
}
"""Every screen in its order, and who finds it in his menu."""
SETTING_UP = ["", "inbox", "people", "master_data", "routes", "settings"]
PAGES = (
    "home",
    "inbox",
    "mine",
    *(kind.slug for kind in KINDS.values()),
    *(screen.url_path for screen in SCREENS if screen.needed),
    "account",
    *SETTING_UP[2:],
)
"""Every screen that somebody has in his menu."""


STRAYS = {"stranger", "administrator"}
"""They try the pages, too, that their menu does not have."""


@pytest.fixture
def papers(cast: Cast) -> tuple[Document, Document, Document]:
    """A trip that waits, a claim that waits for the clerk, and a draft."""
    claim = sent_claim(cast, finished_trip(cast))
    days = {"starts_on": "2026-12-07", "ends_on": "2026-12-09"}
    return sent_trip(cast, **days), claim, drafted_trip(cast)


@pytest.mark.parametrize("role", ROLES)
def test_the_menu_holds_what_the_role_needs(cast: Cast, visit: Visit, role: str) -> None:
    visit(getattr(cast, role), "account")
    own = [screen for screen, roles in MENU.items() if role in roles]
    assert menu() == (SETTING_UP if role == "administrator" else own)


def test_the_menu_counts_what_waits(cast: Cast, visit: Visit, papers: object) -> None:
    visit(cast.department_head, "account")
    assert f"{zh('menu.inbox')} **1**" in menu_words()
    visit(cast.engineer, "account")
    assert zh("menu.inbox") in menu_words()


def test_there_is_an_empty_page_only_where_the_portal_is_measured(
    cast: Cast, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert zh("home.waiting") in shown(visit(cast.engineer, "blank"))  # no such page: home stands in its place
    assert "blank" not in menu()
    monkeypatch.setenv("PORTAL_BENCH", "1")
    app = visit(cast.engineer, "blank")
    assert cast.engineer.name in shown(app) and zh("home.waiting") not in shown(app)
    assert "blank" in menu(), "measured is the way to it, too"


@pytest.mark.parametrize(
    ("role", "language"),
    [*((role, "zh") for role in ROLES), *((role, "en") for role in ("engineer", "department_head", "administrator"))],
)
def test_every_page_reads_as_words_in_both_languages(
    cast: Cast, visit: Visit, papers: tuple[Document, Document, Document], role: str, language: str
) -> None:
    trip, claim, draft = papers
    app = visit(getattr(cast, role), "home", language)
    _reads_well(app, language)
    for page in PAGES[1:]:
        if role in MENU.get(page, {role}) or role in STRAYS:
            _reads_well(go(app, page), language)
    for page, query in (
        ("travel_requests", {"number": str(trip.number)}),
        ("travel_requests", {"edit": str(draft.id)}),
        ("travel_requests", {"new": f"form-of-{role}"}),
        ("expense_claims", {"number": str(claim.number)}),
    ):
        _reads_well(go(app, page, **query), language)


@pytest.mark.parametrize("page", ["people", "master_data"])
@pytest.mark.parametrize("role", [role for role in ROLES if role != "administrator"])
def test_the_pages_for_setting_up_are_shut_to_everybody_else(cast: Cast, visit: Visit, role: str, page: str) -> None:
    app = visit(getattr(cast, role), page, person="new")
    assert [one.value for one in app.warning] == [zh("account.administrators_only")]
    assert not app.dataframe and not app.text_input


@pytest.mark.parametrize("language", ["zh", "en"])
def test_who_is_not_signed_in_sees_the_door_and_nothing_behind_it(
    cast: Cast, visit: Visit, papers: tuple[Document, Document, Document], language: str
) -> None:
    trip, claim, draft = papers
    app = visit(None, "home", language)
    at_the_door = shown(app)
    assert len(app.text_input) == 2 and not raw_keys(app)
    for page, query in (
        *((page, {}) for page in PAGES[1:]),
        ("travel_requests", {"number": str(trip.number)}),
        ("travel_requests", {"edit": str(draft.id)}),
        ("travel_requests", {"new": "anything"}),
        ("expense_claims", {"number": str(claim.number)}),
        ("accounts_demo", {}),
    ):
        app = go(app, page, **query)
        assert shown(app) == at_the_door, page
        assert menu() == []


def _reads_well(app: AppTest, language: str) -> None:
    assert not raw_keys(app)
    assert not errors(app)
    if language == "en":
        assert not chinese_labels(app)
    assert len(shown(app)) > 40
