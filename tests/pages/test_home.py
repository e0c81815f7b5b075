"""Home: what waits, what is under way, what can be begun."""

import pytest
from sqlmodel import select

from models import Grant, Role
from services.database import writing
from tests.factories import NOW, Cast
from tests.pages.conftest import Visit
from tests.pages.screen import address, buttons, press, shown, zh
from tests.story import approved_trip, drafted_trip, sent_trip


def figures(app: object) -> list[str]:
    return [metric.value for metric in app.metric]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("role", "counted"),
    [
        ("engineer", ["0", "0", "1", "1"]),
        ("department_head", ["1", "0", "0", "0"]),
        *((role, ["0", "0", "0", "0"]) for role in ("clerk", "vice_president", "office_director", "finance_officer")),
        *((role, ["0", "0", "0", "0"]) for role in ("cashier", "general_manager", "administrator", "stranger")),
    ],
)
def test_everybody_finds_his_own_figures(cast: Cast, visit: Visit, role: str, counted: list[str]) -> None:
    """Waiting, late, under way, drafts."""
    sent_trip(cast)
    drafted_trip(cast, starts_on="2026-12-07", ends_on="2026-12-08")
    app = visit(getattr(cast, role))
    assert figures(app) == counted
    assert getattr(cast, role).name in shown(app)
    assert ("西安" in shown(app)) == (role in ("engineer", "department_head"))
    own = ["MR"] if role == "clerk" else []
    own += ["BP"] if role in ("clerk", "department_head") else []
    own += ["BA"] if role in ("clerk", "department_head", "finance_head") else []
    training = ["TN"] if role in ("clerk", "department_head", "finance_head") else []
    papers = ["TR", "SR", "CA", "EC", *own, "OB"]
    papers += ["OE"] if role == "finance_officer" else []
    papers += ["CE", "MS"] if role in ("clerk", "department_head") else []
    papers += ["CX"] if role in ("department_head", "vice_president", "finance_officer") else []
    papers += ["CV"] if role in ("engineer", "department_head", "stranger") else []
    papers += training
    papers += ["VL"] if role == "finance_officer" else []
    papers += ["AS"] if role in ("clerk", "department_head", "vice_president") else []
    papers += ["RV"] if role == "clerk" else []
    papers += ["PR", *(["RT"] if role in ("engineer", "stranger") else [])]
    assert buttons(app, "start.") == ([] if role == "administrator" else papers)


def test_what_waits_is_one_click_away(cast: Cast, visit: Visit) -> None:
    trip = sent_trip(cast)
    app = press(visit(cast.department_head), f"home.TR.{trip.id}.王建军")
    assert address(app) == ("travel_requests", {"number": trip.number})


def test_a_draft_opens_in_its_form(cast: Cast, visit: Visit) -> None:
    draft = drafted_trip(cast)
    app = press(visit(cast.engineer), f"home.TR.{draft.id}.{zh('state.draft')}")
    assert address(app) == ("travel_requests", {"edit": str(draft.id)})


def test_a_new_request_opens_an_empty_form(cast: Cast, visit: Visit) -> None:
    path, query = address(press(visit(cast.engineer), "start.TR"))
    assert path == "travel_requests" and len(query["new"]) > 10


def test_a_manager_sees_the_budget_at_a_glance_and_an_engineer_does_not(cast: Cast, visit: Visit) -> None:
    """P2-5.2."""
    approved_trip(cast)
    assert zh("burn.glance_title") in shown(visit(cast.department_head))
    assert zh("burn.glance_title") not in shown(visit(cast.other_head)), "nothing of his is planned or spent"
    assert zh("burn.glance_title") not in shown(visit(cast.engineer))


def test_the_leadership_opens_the_compliance_page_from_here(cast: Cast, visit: Visit) -> None:
    for person, offered in ((cast.general_manager, True), (cast.engineer, False)):
        links = [one.proto.label for one in visit(person, "home").get("page_link")]
        assert (zh("menu.compliance") in links) is offered


def test_whoever_sets_up_sees_what_is_missing_until_nothing_is(cast: Cast, visit: Visit) -> None:
    with writing() as session:
        for grant in session.exec(select(Grant).where(Grant.role == Role.CASHIER)):
            grant.ended_at = NOW
    seen = shown(visit(cast.administrator))
    assert zh("setting_up.title") in seen and zh("role.cashier") in seen and zh("kind.EC") in seen
    assert zh("setting_up.title") not in shown(visit(cast.finance_officer))
