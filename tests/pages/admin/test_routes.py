"""The page of approval routes: an administrator proposes, the general manager decides, others see nothing."""

from datetime import timedelta

import pytest

from models import Role, RouteVersion
from services.database import reading, writing
from services.documents import KINDS
from services.engine.versions import VersionState, versions, withdraw_proposal
from services.errors import Term
from services.routes import Condition, as_data, decision, from_data
from services.texts import text
from tests import factories
from tests.factories import NOW, Cast
from tests.pages.conftest import Visit
from tests.pages.screen import (
    bell,
    chinese_labels,
    en,
    errors,
    forge,
    menu_words,
    pick_row,
    press_named,
    raw_keys,
    run,
    shown,
    type_in,
    zh,
)
from tests.services.engine.test_versions import LONGER, REASON, WITH_FINANCE, approved, proposed
from tests.story import sent_trip

LIMIT = "office_director.limit"


def _of_trips(cast: Cast) -> list[tuple[VersionState, RouteVersion | None]]:
    with reading() as session:
        return [(one.state, one.row) for one in versions(session, cast.administrator, "TR", NOW + timedelta(hours=2))]


def test_an_administrator_draws_another_route_sees_what_differs_and_proposes_it(cast: Cast, visit: Visit) -> None:
    app = visit(cast.administrator, "routes", kind="TR")
    app.text_input(key=f"routes.TR.declared.{LIMIT}").set_value("3")
    app = run(app)
    before, after = zh("clock.working_days", count=1), zh("clock.working_days", count=3)
    office = zh("role.office_director")
    assert zh("routes.differs.clock", step=office, before=before, after=after) in shown(app)
    app = press_named(type_in(app, note=REASON), zh("routes.propose"))
    state, version = _of_trips(cast)[0]
    assert (state, version and version.note) == (VersionState.WAITING, REASON)
    assert zh("routes.state.waiting", date="2026-11-23 10:00") in shown(app)


def test_nothing_is_proposed_before_something_differs_or_without_a_reason(cast: Cast, visit: Visit) -> None:
    app = visit(cast.administrator, "routes", kind="TR")
    assert next(one for one in app.button if one.label == zh("routes.propose")).disabled
    app.text_input(key=f"routes.TR.declared.{LIMIT}").set_value("3")
    app = press_named(run(app), zh("routes.propose"))
    assert zh("fault.required") in shown(app)
    assert _of_trips(cast) == [(VersionState.IN_FORCE, None)]


def test_what_is_wrong_is_said_at_once_and_refused_all_the_same(cast: Cast, visit: Visit) -> None:
    app = visit(cast.administrator, "routes", kind="TR")
    app.text_input(key="routes.TR.declared.department_head.amount_from").set_value("500")
    app = run(type_in(app, note=REASON))
    assert zh("routes.problem.decision_conditional", step=zh("role.department_head")) in shown(app)
    app = press_named(app, zh("routes.propose"))
    assert errors(app) == [zh("routes.unsound", count=1)]
    assert _of_trips(cast) == [(VersionState.IN_FORCE, None)]


def test_the_general_manager_sees_what_waits_and_lets_it_hold(cast: Cast, visit: Visit) -> None:
    """P6-5"""
    proposed(cast, WITH_FINANCE, valid_from=NOW.date())
    app = visit(cast.general_manager, "routes")
    assert f"{zh('menu.routes')} **1**" in menu_words()
    added = zh("routes.differs.added", step=zh("role.finance_head"), who=zh("role.finance_head"))
    assert added in shown(app)
    assert REASON in shown(app)
    press_named(app, zh("action.approve"))
    assert _of_trips(cast)[0][0] == VersionState.IN_FORCE
    visit(cast.general_manager, "routes")
    assert zh("menu.routes") in menu_words()


def test_the_general_manager_says_no_with_a_reason(cast: Cast, visit: Visit) -> None:
    """P6-5"""
    proposed(cast)
    app = press_named(visit(cast.general_manager, "routes"), zh("action.reject"))
    assert errors(app) == [zh("action.needs_note")]
    app.text_area[0].set_value("不需要")
    press_named(app, zh("action.reject"))
    assert _of_trips(cast)[0][0] == VersionState.DECLINED


def test_its_author_withdraws_a_proposal_and_may_draw_the_next(cast: Cast, visit: Visit) -> None:
    proposed(cast)
    app = visit(cast.administrator, "routes", kind="TR")
    assert zh("routes.decide_first") in shown(app)
    app = press_named(app, zh("routes.withdraw"))
    assert _of_trips(cast)[0][0] == VersionState.DECLINED
    assert zh("routes.decide_first") not in shown(app)


def test_each_does_only_what_is_his(cast: Cast, visit: Visit) -> None:
    proposed(cast)
    app = visit(cast.administrator, "routes", kind="TR")
    assert not {zh("action.approve"), zh("action.reject")} & {button.label for button in app.button}
    app = visit(cast.general_manager, "routes")
    labels = [button.label for button in app.button]
    assert zh("routes.withdraw") not in labels and zh("routes.propose") not in labels


def test_a_role_that_was_never_offered_changes_no_owner(cast: Cast, visit: Visit) -> None:
    app = visit(cast.administrator, "routes", kind="TR")
    app.text_input(key=f"routes.TR.declared.{LIMIT}").set_value("3")
    forge(run(type_in(app, note=REASON)), "routes.TR.propose", role="emperor")
    _, version = _of_trips(cast)[0]
    assert version is None or from_data(version.steps) == LONGER


@pytest.mark.parametrize("role", ["engineer", "department_head", "vice_president", "finance_vp", "stranger"])
def test_the_page_is_shut_to_everybody_else(cast: Cast, visit: Visit, role: str) -> None:
    proposed(cast)
    app = visit(getattr(cast, role), "routes")
    assert [one.value for one in app.warning] == [zh("routes.shut")]
    assert not app.dataframe and not app.selectbox
    assert REASON not in shown(app)


def test_a_click_shows_another_version(cast: Cast, visit: Visit) -> None:
    sent_trip(cast)
    approved(cast, proposed(cast, WITH_FINANCE, valid_from=NOW))
    app = visit(cast.general_manager, "routes", kind="TR")
    assert zh("role.finance_head") in shown(app)
    app = pick_row(app, 1)
    gone = zh("routes.differs.dropped", step=zh("role.finance_head"), who=zh("role.finance_head"))
    assert gone in shown(app)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("role", "code"),
    [*(("administrator", code) for code in sorted(KINDS)), *(("general_manager", code) for code in ("TR", "EC"))],
)
def test_it_reads_as_words_for_every_kind(cast: Cast, visit: Visit, role: str, code: str, language: str) -> None:
    app = visit(getattr(cast, role), "routes", language, kind=code)
    assert not raw_keys(app) and not errors(app)
    if language == "en":
        assert not chinese_labels(app)


def test_a_stored_route_that_fits_its_kind_no_more_is_shown_all_the_same(cast: Cast, visit: Visit) -> None:
    """A newer release may have dropped a field, an operator, a setting or a choice."""
    fit = (
        Condition("amount", "in", ["3000.00"]),
        Condition("amount", "!=", None),
        Condition("transport", "!=", None),
        Condition("transport", "in", ["train"]),
    )
    no_more = (
        Condition("weather", "==", "fine"),
        Condition("amount", "near", "3000.00"),
        Condition("amount", ">=", setting="weather"),
        Condition("amount", ">=", "much"),
        Condition("transport", "==", "rocket"),
    )
    route = (decision(Role.FINANCE_VP, when=(*fit, *no_more)), *KINDS["TR"].route)
    with writing() as session:
        facts = {"approved_at": NOW, "valid_from": NOW, "shipped": False, "steps": as_data(route)}
        factories.route_version(session, "TR", **facts)
    app = visit(cast.administrator, "routes", "en", kind="TR")
    assert not errors(app)
    said = shown(app)
    for one in ("weather = fine", "amount near 3000.00", "amount ≥ weather", "amount ≥ much", "transport = rocket"):
        assert one in said
    app = run(type_in(app, applicant_id=cast.engineer.id))
    assert not errors(app)
    assert en("timeline.ahead") not in shown(app)


def test_on_trial_it_says_who_would_decide(cast: Cast, visit: Visit) -> None:
    app = type_in(visit(cast.general_manager, "routes", "en", kind="TR"), applicant_id=cast.department_head.id)
    app = run(app)
    assert cast.vice_president.name in shown(app)
    assert en("timeline.ahead") in shown(app)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_who_is_to_decide_and_who_proposed_are_told(cast: Cast, visit: Visit, language: str) -> None:
    version = proposed(cast)
    facts = {"kind": Term("kind.TR"), "version": version.number}
    told = bell(visit(cast.general_manager, "home", language))
    assert text(language, "notice.route_proposed", by=cast.administrator.name, **facts) in " ".join(told)
    approved(cast, version)
    told = bell(visit(cast.administrator, "home", language))
    assert text(language, "notice.route_approved", by=cast.general_manager.name, **facts) in " ".join(told)


def test_an_answer_is_to_the_proposal_that_was_read(cast: Cast, visit: Visit) -> None:
    """P6-5: an administrator puts another route in its place while the general manager reads the first."""
    first = proposed(cast)
    app = visit(cast.general_manager, "routes")
    with writing() as session:
        withdraw_proposal(session, cast.administrator, first.id, NOW)
    second = proposed(cast, WITH_FINANCE)
    press_named(app, zh("action.approve"))
    assert _of_trips(cast)[0][0] == VersionState.WAITING
    with reading() as session:
        assert session.get_one(RouteVersion, second.id).approved_at is None
