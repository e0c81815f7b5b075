"""What is wrong with a route is found before a paper takes it; every shipped route is sound."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import Session, select

from models import Grant, Role
from seed.company import load_company
from services.config import ROOT
from services.database import reading, writing
from services.documents import KINDS
from services.documents.kind import DocumentType
from services.engine.case import REVERSAL
from services.engine.soundness import Problem, problems
from services.engine.versions import propose
from services.routes import (
    APPROVE,
    FINISH,
    REJECT,
    RETURN,
    Clock,
    Condition,
    Of,
    Outcome,
    Owner,
    Route,
    Signers,
    Step,
    as_data,
    decision,
    work,
    working_days,
)
from services.texts import languages, text
from tests.factories import NOW, Cast
from tests.story import hold, refusal

HEAD, OFFICE, TRAVEL = KINDS["TR"].route
CLERK, CLAIM_HEAD, VICE, CLAIM_OFFICE, FINANCE_HEAD, FINANCE_VP, AUDIT, PAYMENT = KINDS["EC"].route
HANDLED = Owner(Role.DEPARTMENT_HEAD, Of.HANDLING)
BIG = (Condition("amount", ">=", "3000.00"),)

UNSOUND: dict[str, tuple[str, Route]] = {
    "empty": ("TR", ()),
    "twice": ("TR", (HEAD, OFFICE, HEAD, TRAVEL)),
    "unknown_step": ("TR", (HEAD, OFFICE, replace(TRAVEL, key="wander"))),
    "leads_nowhere": ("TR", (HEAD, OFFICE, replace(TRAVEL, outcomes=(Outcome("complete", to="payment"),)))),
    "unreachable": (
        "TR",
        (
            HEAD,
            OFFICE,
            replace(TRAVEL, when=(), outcomes=(Outcome("complete", to=FINISH),)),
            work("payment", Owner(Role.CLERK)),
        ),
    ),
    "no_end": ("TR", (HEAD, OFFICE, replace(TRAVEL, when=(), outcomes=(Outcome("complete", to="travel"),)))),
    "milestone_gone": ("TR", (HEAD, replace(OFFICE, milestone=None), TRAVEL)),
    "decision_gone": ("EC", (CLERK, VICE, CLAIM_OFFICE, FINANCE_HEAD, FINANCE_VP, AUDIT, PAYMENT)),
    "decision_conditional": ("TR", (replace(HEAD, when=BIG), OFFICE, TRAVEL)),
    "decision_weaker": ("TR", (replace(HEAD, outcomes=(Outcome(APPROVE),)), OFFICE, TRAVEL)),
    "decision_skipped": (
        "TR",
        (replace(HEAD, outcomes=(*HEAD.outcomes, Outcome("complete", to="travel"))), OFFICE, TRAVEL),
    ),
    "goes_back": (
        "TR",
        (HEAD, replace(OFFICE, outcomes=(*OFFICE.outcomes, Outcome("complete", to="department_head"))), TRAVEL),
    ),
    "unknown_outcome": ("TR", (HEAD, OFFICE, replace(TRAVEL, outcomes=(*TRAVEL.outcomes, Outcome("cancel"))))),
    "answer_twice": ("TR", (HEAD, OFFICE, replace(TRAVEL, outcomes=TRAVEL.outcomes * 2))),
    "no_reason": ("TR", (replace(HEAD, outcomes=(Outcome(APPROVE), Outcome(RETURN), Outcome(REJECT))), OFFICE, TRAVEL)),
    "milestone_twice": ("TR", (replace(HEAD, milestone="approved"), OFFICE, TRAVEL)),
    "unknown_milestone": ("TR", (replace(HEAD, milestone="cancelled"), OFFICE, TRAVEL)),
    "work_gone": ("TR", (HEAD, OFFICE)),
    "fields_gone": ("EC", (*KINDS["EC"].route[:-2], replace(AUDIT, line_fields={}), PAYMENT)),
    "added_late": ("TR", (HEAD, OFFICE, decision(Role.GENERAL_MANAGER), TRAVEL)),
    "cuts": ("TR", (HEAD, replace(OFFICE, cuts=True), TRAVEL)),
    "milestone_early": ("TR", (OFFICE, HEAD, TRAVEL)),
    "work_early": ("TR", (HEAD, TRAVEL, OFFICE)),
    "paid_early": ("EC", (*KINDS["EC"].route, decision(Role.GENERAL_MANAGER))),
    "no_owner": ("TR", (HEAD, replace(OFFICE, owners=()), TRAVEL)),
    "no_person": ("TR", (HEAD, OFFICE, replace(TRAVEL, owners=(Owner(person="origin"),)))),
    "favoured": ("TR", (HEAD, replace(OFFICE, owners=(Owner(person="traveller_id"),)), TRAVEL)),
    "administrator": ("TR", (HEAD, replace(OFFICE, owners=(Owner(Role.ADMINISTRATOR),)), TRAVEL)),
    "nobody": ("TR", (HEAD, replace(OFFICE, owners=(Owner(Role.TECHNICIAN),)), TRAVEL)),
    "nobody_free": (
        "TR",
        (
            HEAD,
            *(decision(Role.FINANCE_VP, key=key) for key in ("finance_vp", "general_manager", "clerk")),
            OFFICE,
            TRAVEL,
        ),
    ),
    "recalled_nowhere": ("TR", (HEAD, OFFICE, replace(TRAVEL, recalled_to="nowhere"))),
    "nobody_in": ("TR", (HEAD, OFFICE, TRAVEL)),
    "unknown_field": ("TR", (HEAD, OFFICE, replace(TRAVEL, fields=("paid_on",), required=()))),
    "not_asked": ("TR", (HEAD, OFFICE, replace(TRAVEL, fields=("departed_on",)))),
    "clock": ("TR", (HEAD, replace(OFFICE, within=working_days(0)), TRAVEL)),
    "unknown_operator": (
        "TR",
        (HEAD, OFFICE, decision(Role.FINANCE_VP, when=(Condition("amount", "~", "1"),)), TRAVEL),
    ),
    "unknown_setting": (
        "TR",
        (HEAD, OFFICE, decision(Role.FINANCE_VP, when=(Condition("amount", ">=", setting="a.b"),)), TRAVEL),
    ),
    "setting_free": (
        "TR",
        (HEAD, decision(Role.FINANCE_VP, when=(Condition("amount", ">=", setting="remind.hours"),)), OFFICE, TRAVEL),
    ),
    "value": ("TR", (HEAD, OFFICE, decision(Role.FINANCE_VP, when=(Condition("amount", ">=", "much"),)), TRAVEL)),
}


PROVED_APART = {"decision_early"}
"""What no route of today's kinds can show."""


def found(code: str, route: Route) -> set[str]:
    with reading() as session:
        return {one.key.removeprefix("routes.problem.") for one in problems(session, KINDS[code], route, NOW)}


def of_its_own(code: str, route: Route) -> set[str]:
    """What is wrong with the route itself; the standing company leaves some departments without a head."""
    return found(code, route) - {"nobody_in"}


@pytest.mark.parametrize("problem", UNSOUND)
def test_each_problem_is_found_where_it_is(cast: Cast, problem: str) -> None:
    code, route = UNSOUND[problem]
    assert problem in found(code, route)
    assert problem not in of_its_own(code, KINDS[code].route)


def test_no_problem_goes_untested() -> None:
    source = Path(ROOT / "services/engine/soundness.py").read_text(encoding="utf-8")
    assert set(re.findall(r'"routes\.problem\.(\w+)"', source)) == {*UNSOUND, *PROVED_APART}


@pytest.mark.parametrize("problem", UNSOUND)
def test_problems_are_said_in_both_languages(cast: Cast, problem: str) -> None:
    with reading() as session:
        for one in problems(session, KINDS[UNSOUND[problem][0]], UNSOUND[problem][1], NOW):
            for language in languages():
                assert not re.search(r"\{|routes\.|step\.|role\.|action\.", text(language, one.key, **one.facts)), one


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_every_shipped_route_is_sound_on_the_demonstration_company(session: Session, kind: DocumentType) -> None:
    load_company(session, NOW)
    assert problems(session, kind, kind.route, NOW) == []


def test_an_unsound_route_is_not_even_proposed(cast: Cast) -> None:
    facts = {"valid_from": NOW, "note": "-", "now": NOW}
    with writing() as session:
        refused = refusal(
            propose, session, cast.administrator, "TR", as_data(UNSOUND["decision_conditional"][1]), **facts
        )
    assert (refused.key, refused.facts) == ("routes.unsound", {"count": 1})


# --- what is sound, and how one might try to get round a decision


@pytest.mark.parametrize(
    "route",
    [
        (HEAD, decision(Role.FINANCE_HEAD, when=BIG), OFFICE, TRAVEL),
        (HEAD, replace(OFFICE, within=Clock(hours=4)), TRAVEL),
        (replace(HEAD, owners=(Owner(Role.VICE_PRESIDENT, Of.APPLICANT),)), OFFICE, TRAVEL),
        (replace(OFFICE, milestone=None), replace(HEAD, milestone="approved"), TRAVEL),
        (replace(HEAD, signers=Signers.EVERY_HOLDER), OFFICE, TRAVEL),
        (replace(HEAD, owners=(*HEAD.owners, Owner(Role.VICE_PRESIDENT, Of.APPLICANT))), OFFICE, TRAVEL),
    ],
    ids=["one more decision", "another clock", "another role", "another order", "every holder", "one more signer"],
)
def test_what_an_administrator_may_change_is_sound(cast: Cast, route: Route) -> None:
    assert of_its_own("TR", route) == set()


def test_what_the_declared_route_asks_on_a_condition_may_go(cast: Cast) -> None:
    assert of_its_own("EC", (CLERK, CLAIM_HEAD, VICE, AUDIT, PAYMENT)) == set()


@pytest.mark.parametrize(
    "step",
    [
        work("office_director", Owner(Role.OFFICE_DIRECTOR), milestone="approved"),
        replace(OFFICE, signers=Signers.ANY_OWNER),
        replace(OFFICE, outcomes=(Outcome(APPROVE), Outcome(RETURN, needs_note=True))),
    ],
    ids=["work in its place", "any of its owners", "no rejection"],
)
def test_a_decision_stays_a_decision_of_all_its_signers(cast: Cast, step: Step) -> None:
    assert of_its_own("TR", (HEAD, step, TRAVEL)) & {"decision_gone", "decision_weaker"}


def test_an_outcome_that_ends_the_paper_skips_the_decisions_after_it(cast: Cast) -> None:
    ends = replace(HEAD, outcomes=(*HEAD.outcomes, Outcome("complete", to=FINISH)))
    assert "decision_skipped" in found("TR", (ends, OFFICE, TRAVEL))


def test_work_that_is_asked_in_any_case_is_not_skipped_either(cast: Cast) -> None:
    """Whoever travelled records his return, or no claim can follow."""
    ends = replace(OFFICE, outcomes=(Outcome(APPROVE, to=FINISH), *OFFICE.outcomes[1:]))
    assert "decision_skipped" in found("TR", (HEAD, ends, TRAVEL))
    assert "work_gone" in found("TR", (HEAD, OFFICE, replace(TRAVEL, when=BIG)))


@pytest.mark.parametrize("lost", [{"required": ("departed_on",)}, {"fields": ("departed_on",), "required": ()}])
def test_what_is_filled_in_on_the_way_is_not_lost(cast: Cast, lost: dict[str, tuple[str, ...]]) -> None:
    assert "fields_gone" in found("TR", (HEAD, OFFICE, replace(TRAVEL, **lost)))


def test_a_step_is_not_called_like_what_the_engine_does_itself(cast: Cast) -> None:
    """Else the decision about a reversal would be taken for it."""
    assert found("TR", (replace(HEAD, key=REVERSAL), OFFICE, TRAVEL)) == {"unknown_step"}


def test_of_several_one_may_decide_alone_only_among_those_the_declared_route_names(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    either = replace(HEAD, owners=(*HEAD.owners, Owner(Role.VICE_PRESIDENT, Of.APPLICANT)), signers=Signers.ANY_OWNER)
    monkeypatch.setitem(KINDS, "TR", replace(KINDS["TR"], route=(either, OFFICE, TRAVEL)))
    assert of_its_own("TR", (either, OFFICE, TRAVEL)) == set()
    assert of_its_own("TR", (replace(either, signers=Signers.EACH_OWNER), OFFICE, TRAVEL)) == set()
    wider = replace(either, owners=(*either.owners, Owner(Role.OFFICE_DIRECTOR)))
    assert of_its_own("TR", (wider, OFFICE, TRAVEL)) == {"decision_weaker"}


def test_a_decision_on_work_stays_behind_the_work(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    verified = decision(Role.QUALITY_INSPECTOR)
    hold(cast.clerk, Role.QUALITY_INSPECTOR)
    monkeypatch.setitem(KINDS, "TR", replace(KINDS["TR"], route=(HEAD, OFFICE, TRAVEL, verified)))
    assert of_its_own("TR", (HEAD, OFFICE, TRAVEL, verified)) == set()
    assert of_its_own("TR", (HEAD, OFFICE, verified, TRAVEL)) == {"decision_early"}


@pytest.mark.parametrize("within", [Clock(working_days=999), Clock(hours=1)], ids=str)
def test_a_time_limit_is_of_this_world(cast: Cast, within: Clock) -> None:
    assert of_its_own("TR", (HEAD, replace(OFFICE, within=within), TRAVEL)) == set()
    endless = Clock(working_days=10**9) if within.working_days else Clock(hours=10**9)
    assert of_its_own("TR", (HEAD, replace(OFFICE, within=endless), TRAVEL)) == {"clock"}


def test_where_one_person_holds_all_roles_somebody_is_missing_to_sign_after_him(cast: Cast) -> None:
    """DESIGN.md: nobody decides on the same paper twice; the substitutes may run out."""
    hold(cast.other_head, Role.OFFICE_DIRECTOR)
    with writing() as session:
        for person in (cast.office_director, cast.vice_president, cast.general_manager, cast.finance_vp):
            session.merge(person).active = False
    with reading() as session:
        said = problems(session, KINDS["TR"], KINDS["TR"].route, NOW)
    empty = [one.facts["departments"] for one in said if one.key == "routes.problem.nobody_free"]
    assert empty == [cast.service2.name]
    assert all(one.is_vacancy for one in said)


def test_a_way_that_the_declared_route_has_itself_is_no_way_round(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = replace(HEAD, outcomes=(*HEAD.outcomes, Outcome("complete", to=FINISH)))
    declared = replace(KINDS["TR"], route=(ends, OFFICE, TRAVEL))
    monkeypatch.setitem(KINDS, "TR", declared)
    assert of_its_own("TR", declared.route) == set()
    later = decision(Role.FINANCE_HEAD)
    assert of_its_own("TR", (ends, later, OFFICE, TRAVEL)) == set()


def test_a_conditional_step_may_be_passed_over_and_so_blocks_no_way(cast: Cast) -> None:
    back = work("payment", Owner(Role.CLERK, Of.APPLICANT), outcomes=(Outcome("complete", to="travel"),))
    assert "no_end" in found("TR", (HEAD, OFFICE, TRAVEL, back))
    assert "no_end" not in found("TR", (HEAD, OFFICE, TRAVEL, replace(back, when=BIG)))


def test_a_step_for_the_handling_department_needs_a_paper_that_names_one(cast: Cast) -> None:
    assert "unknown_field" in found("TR", (HEAD, replace(OFFICE, owners=(HANDLED,)), TRAVEL))


def test_departments_without_a_holder_are_named_and_empty_or_closed_ones_are_not(cast: Cast) -> None:
    with writing() as session:
        for closed in (cast.management, cast.sales, cast.quality):
            session.merge(closed).active = False
        for person in (cast.engineer, cast.engineer2, cast.clerk, cast.department_head, cast.finance_head):
            session.merge(person).department_id = cast.finance.id
        ended = session.exec(select(Grant).where(Grant.person_id == cast.department_head.id)).one()
        ended.ended_at = NOW
    with reading() as session:
        vacant = [one for one in problems(session, KINDS["TR"], KINDS["TR"].route, NOW) if one.is_vacancy]
    assert [one.facts["departments"] for one in vacant] == [cast.office.name]


def test_only_those_who_may_start_a_paper_need_someone_to_decide_on_it(cast: Cast) -> None:
    kind = replace(KINDS["TR"], starters=frozenset({Role.ENGINEER}))
    with reading() as session:
        assert problems(session, kind, kind.route, NOW) == []


@pytest.mark.parametrize(
    ("condition", "sound"),
    [
        (Condition("amount", ">=", "3000.00"), True),
        (Condition("amount", ">=", setting="claim.major_amount"), True),
        (Condition("amount", ">=", setting="hours.working"), False),
        (Condition("amount", ">=", "NaN"), False),
        (Condition("amount", ">=", None), False),
        (Condition("transport", "in", ["train", "plane"]), True),
        (Condition("transport", "in", "train"), False),
        (Condition("transport", ">=", "train"), False),
        (Condition("transport", "==", "rocket"), False),
        (Condition("transport", "in", ["train", "rocket"]), False),
        (Condition("transport", "!=", None), True),
        (Condition("amount", "in", ["much"]), False),
        (Condition("starts_on", ">=", "2026-12-01"), True),
        (Condition("starts_on", ">=", "5000"), False),
        (Condition("starts_on", "==", "soon"), False),
        (Condition("task", "==", "5"), True),
        (Condition("task", ">=", "5"), False),
        (Condition("companions", "==", "5"), False),
        (Condition("traveller_id", "==", 1), True),
        (Condition("traveller_id", "==", "1"), False),
        (Condition("traveller_id", ">=", 1), False),
    ],
    ids=str,
)
def test_a_condition_compares_what_can_be_compared(cast: Cast, condition: Condition, sound: bool) -> None:
    with reading() as session:
        route = (HEAD, decision(Role.FINANCE_VP, when=(condition,)), OFFICE, TRAVEL)
        keys = [one.key for one in problems(session, KINDS["TR"], route, NOW) if not one.is_vacancy]
    assert keys == ([] if sound else ["routes.problem.value"])


def test_a_problem_says_what_it_is_about(cast: Cast) -> None:
    with reading() as session:
        said = problems(session, KINDS["TR"], UNSOUND["milestone_early"][1], NOW)[0]
    assert isinstance(said, Problem)
    assert text("zh", said.key, **said.facts) == "“综合办公室主任”之后单据即生效，但“部门领导”还没有审批"
