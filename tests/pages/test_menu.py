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
PAPERS = [
    "", "inbox", "mine", "travel_requests", "field_reports", "spending_requests", "cash_advances", "expense_claims",
]  # fmt: skip
BUDGET, COMPANY_BUDGET = ["budget_plans"], ["company_budgets"]
ADJUSTING = ["budget_adjustments"]
CONTROL = ["control_list"]
"""For those over the money, and for the supervision group."""
OVER_THE_MONEY = {"finance_officer", "finance_head", "finance_vp", "general_manager", "accountant", "cashier"}
REGISTERS = ["monthly_registers"]
ASKING = ["budget_requests"]
ENTRIES = ["cost_entries"]
SETTLING = ["settlements"]
MONTH_END, COSTS = ["month_end"], ["costs"]
FOLLOWING = ["plan_progress"]
OWING = ["open_advances"]
"""For those who read the papers of others."""
BURNING, SPENDING = ["budget"], ["spending"]
"""For managers and finance (P2-1.3)."""
NO_MANAGERS = {"engineer", "clerk", "stranger"}
READ_ONLY_THEIR_OWN = {"engineer", "office_director", "stranger"}
MISSING, SCORES = ["missing_parts"], ["suppliers"]
MISSES = {"engineer", "department_head", "vice_president", "general_manager", "stranger"}
SCORED = {"department_head", "vice_president", "general_manager"}
"""Those who wait for parts or send them; those who deal with suppliers, and managers."""
COMPLAINTS = ["complaints", "corrective_actions"]
ORDERS, INCOME, PARTS = ["service_orders"], ["service_income"], ["parts_requests"]
CALLS, OWED = ["call_register"], ["receivables"]
NOTICES = ["supplier_notices"]
RETURNS = ["returns"]
TAKE_BACK = {"engineer", "stranger", "finance_officer", "cashier", "general_manager"}
"""Those who deal with customers, and who is over the money."""
CHASING = ["open_actions"]
NO_ACTIONS = {"engineer", "stranger", "office_director", "finance_officer", "cashier"}
"""Who reads no corrective actions of others."""
SURVEYS, VISITS, ASKING_AROUND = ["satisfaction_surveys"], ["customer_visits"], ["contacts_due"]
NO_VISITS = {"office_director", "finance_officer", "cashier"}
ANALYSES = ["analysis_reports"]
CHASING = ["open_actions"]
NO_ACTIONS = {"engineer", "stranger", "office_director", "finance_officer", "cashier"}
"""Who reads no corrective actions of others."""
SURVEYS, VISITS, ASKING_AROUND = ["satisfaction_surveys"], ["customer_visits"], ["contacts_due"]
NO_VISITS = {"office_director", "finance_officer", "cashier"}
ANALYSES = ["analysis_reports"]
TURNAROUND = ["turnaround"]
OVER_THE_CASES = {"department_head", "vice_president", "general_manager"}
NO_CASES = {"engineer", "stranger", "office_director", "finance_officer", "cashier"}
CASES = ["complaint_register"]
"""For those who read the cases of others."""
COMPLIANCE, BRIEFING = ["compliance"], ["briefing"]
LEADS = {"department_head", "vice_president", "general_manager", "office_director", "finance_officer"}
"""Those whose menu has it, of the roles that are asked here."""
TRAININGS = ["trainings"]
VIOLATIONS = ["violations"]
"""For those who decide on them."""
ASSESSMENTS = ["assessments"]
CARDS, EVALUATION = ["scorecards"], ["evaluation"]
"""For those who have one, and for those over the money."""
DUE = ["training_due"]
"""For those who look after a department."""
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


@pytest.fixture
def papers(cast: Cast) -> tuple[Document, Document, Document]:
    """A trip that waits, a claim that waits for the clerk, and a draft."""
    claim = sent_claim(cast, finished_trip(cast))
    days = {"starts_on": "2026-12-07", "ends_on": "2026-12-09"}
    return sent_trip(cast, **days), claim, drafted_trip(cast)


@pytest.mark.parametrize("role", ROLES)
def test_the_menu_holds_what_the_role_needs(cast: Cast, visit: Visit, role: str) -> None:
    visit(getattr(cast, role), "account")
    rules = ["routes", "settings"] if role == "general_manager" else []
    owing = [] if role in READ_ONLY_THEIR_OWN else OWING
    owing = owing if role in NO_MANAGERS else [*SPENDING, *owing]
    owing = ["payments", *owing] if role == "cashier" else owing
    budget = [] if role in NO_MANAGERS else BURNING
    budget = budget if role in READ_ONLY_THEIR_OWN else [*budget, *BUDGET]
    budget = [*budget, *COMPANY_BUDGET] if role in OVER_THE_MONEY else budget
    budget = [*budget, *([] if role in READ_ONLY_THEIR_OWN else ADJUSTING), *ASKING]
    budget = [*budget, *([] if role in READ_ONLY_THEIR_OWN else ENTRIES)]
    budget = [*budget, *([] if role in READ_ONLY_THEIR_OWN else SETTLING)]
    budget = [*budget, *([] if role in NO_MANAGERS else COSTS), *([] if role in READ_ONLY_THEIR_OWN else MONTH_END)]
    budget = [*budget, *([] if role in READ_ONLY_THEIR_OWN else FOLLOWING)]
    budget = [*budget, *CONTROL] if role in OVER_THE_MONEY else budget
    visits = [] if role in NO_VISITS else VISITS
    reports = ANALYSES if role == "general_manager" else []
    complaints = [*COMPLAINTS, *visits] if role in NO_CASES else [*COMPLAINTS, *SURVEYS, *visits, *reports, *CASES]
    complaints = [*complaints, *TURNAROUND] if role in OVER_THE_CASES else complaints
    complaints = complaints if role in NO_ACTIONS else [*complaints, *ASKING_AROUND, *CHASING]
    registers = [] if role in READ_ONLY_THEIR_OWN else REGISTERS
    looks_after = role in {"clerk", *OVER_THE_CASES}
    governance = COMPLIANCE if role in LEADS else []
    governance = governance + BRIEFING if role in {"general_manager", "vice_president"} else governance
    everyone = [
        *PAPERS,
        *registers,
        *owing,
        *budget,
        *complaints,
        *ORDERS,
        *([] if role in READ_ONLY_THEIR_OWN else INCOME),
        *PARTS,
        *NOTICES,
        *(RETURNS if role in TAKE_BACK else []),
        *([] if role in NO_CASES else CALLS),
        *([] if role in READ_ONLY_THEIR_OWN else OWED),
        *(MISSING if role in MISSES else []),
        *(SCORES if role in SCORED else []),
        *governance,
        *(TRAININGS if looks_after else []),
        *(VIOLATIONS if role in {"finance_officer", "general_manager"} else []),
        *(ASSESSMENTS if looks_after else []),
        *(["budget_inspections"] if role == "general_manager" else []),
        *(DUE if looks_after else []),
        *(["inspections"] if role == "general_manager" else []),
        *(CARDS if looks_after or role in {"engineer", "stranger"} else []),
        *([] if role in NO_MANAGERS else EVALUATION),
        *rules,
    ]
    assert menu() == (SETTING_UP if role == "administrator" else everyone)


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
