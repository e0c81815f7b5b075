"""Who may decide: nobody on his own paper, nobody twice, and who stands in (DESIGN.md, DOCUMENTS.md)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models import Department, Document, Grant, Person, Role, State
from services.accounts import disable_person, enable_person, end_grant, grant_role
from services.database import reading, writing
from services.engine import rehome_tasks
from services.routes import Of, Owner, Signers, Step, decision, work
from tests.factories import NOW, Cast
from tests.story import (
    BACK,
    approved_trip,
    asked,
    claim_at,
    decree,
    do,
    drafted_trip,
    events,
    finished_trip,
    hold,
    inbox,
    may,
    move,
    open_tasks,
    refusal,
    reload,
    sent_claim,
    sent_trip,
    signed,
    travels_by,
    waits_for,
)

HEAD = decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT)


def _leaves(person: Person, role: Role, department: Department | None = None) -> None:
    """Somebody loses a role, as when an administrator ends it."""
    with writing() as session:
        where = department.id if department else None
        found = select(Grant).where(Grant.person_id == person.id, Grant.role == role, Grant.department_id == where)
        ended = session.exec(found.where(col(Grant.ended_at).is_(None))).all()
        for grant in ended:
            grant.ended_at = NOW
        session.flush()
        rehome_tasks(session, person, ended, NOW)


# --- his own paper


def test_nobody_decides_on_his_own_paper(cast: Cast) -> None:
    """P2-4.2: the head's own trip falls to the vice president in charge, and the paper says so"""
    trip = sent_trip(cast, cast.department_head)
    assert asked(trip) == {"vice_president"}
    (task,) = open_tasks(trip)
    assert (task.role, task.instead_of) == (Role.VICE_PRESIDENT, Role.DEPARTMENT_HEAD)
    assert may(cast.department_head, trip) == {"withdraw", "comment"}
    assert refusal(do, cast.department_head, trip, "approve").key == "action.not_allowed"
    assert not waits_for(cast.department_head, trip)


@pytest.mark.parametrize("part", ["traveller_id", "companions"])
def test_nobody_decides_on_a_paper_in_his_favour(cast: Cast, part: str) -> None:
    head = cast.department_head.id
    trip = sent_trip(cast, **{part: head if part == "traveller_id" else [head]})
    assert asked(trip) == {"vice_president"}
    assert "approve" not in may(cast.department_head, trip)
    assert not waits_for(cast.department_head, trip)


def test_who_wrote_a_paper_for_another_does_not_decide_on_it(cast: Cast) -> None:
    trip = sent_trip(cast, cast.department_head, traveller_id=cast.engineer.id)
    assert asked(trip) == {"vice_president"}


def test_an_author_who_is_not_the_applicant_does_not_decide_either(cast: Cast) -> None:
    """A paper that someone writes for somebody else, as later kinds will."""
    trip = drafted_trip(cast)
    with writing() as session:
        session.get_one(Document, trip.id).created_by_id = cast.department_head.id
    assert asked(do(cast.engineer, trip, "submit")) == {"vice_president"}


def test_another_holder_of_the_role_is_asked_before_anybody_stands_in(cast: Cast) -> None:
    hold(cast.engineer2, Role.DEPARTMENT_HEAD, cast.service)
    trip = sent_trip(cast, cast.department_head)
    assert asked(trip) == {"engineer2"}
    assert open_tasks(trip)[0].instead_of is None


def test_the_rule_holds_for_decisions_and_not_for_work(cast: Cast) -> None:
    """DESIGN.md: work steps may be one person's; the cashier pays out his own claim"""
    hold(cast.cashier, Role.ENGINEER, cast.service)
    with writing() as session:
        session.get_one(Person, cast.cashier.id).department_id = cast.service.id
        cast.cashier.department_id = cast.service.id
    claim = claim_at(cast, "payment", by=cast.cashier)
    assert "complete" in may(cast.cashier, claim)


# --- not twice


def test_who_holds_two_successive_roles_decides_once_in_the_first(cast: Cast) -> None:
    """DOCUMENTS.md: the second falls to the next in the table"""
    hold(cast.department_head, Role.OFFICE_DIRECTOR)
    _leaves(cast.office_director, Role.OFFICE_DIRECTOR)
    with writing() as session:  # the general office is where its director belongs to
        session.get_one(Person, cast.department_head.id).department_id = cast.office.id
    trip = do(cast.department_head, sent_trip(cast), "approve")
    assert (trip.step, asked(trip)) == ("office_director", {"vice_president"})
    assert "approve" not in may(cast.department_head, trip)
    assert not waits_for(cast.department_head, trip)


def test_who_could_sign_two_parts_of_one_step_signs_one(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(cast.department_head, Role.OFFICE_DIRECTOR)
    owners = (Owner(Role.DEPARTMENT_HEAD, Of.APPLICANT), Owner(Role.OFFICE_DIRECTOR))
    travels_by(monkeypatch, "TR", Step("both", owners), decision(Role.FINANCE_VP))
    trip = do(cast.department_head, sent_trip(cast), "approve")
    assert asked(trip) == {"office_director"}
    assert "approve" not in may(cast.department_head, trip)


def test_two_people_who_share_two_roles_sign_one_each(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(cast.department_head, Role.OFFICE_DIRECTOR)
    hold(cast.office_director, Role.DEPARTMENT_HEAD, cast.service)
    owners = (Owner(Role.DEPARTMENT_HEAD, Of.APPLICANT), Owner(Role.OFFICE_DIRECTOR))
    travels_by(monkeypatch, "TR", Step("both", owners), decision(Role.FINANCE_VP))
    trip = do(cast.office_director, sent_trip(cast), "approve")
    assert asked(trip) == {"department_head"}
    assert do(cast.department_head, trip, "approve").step == "finance_vp"


def test_alone_in_two_roles_of_one_step_the_second_falls_to_who_stands_in(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    _leaves(cast.office_director, Role.OFFICE_DIRECTOR)
    hold(cast.department_head, Role.OFFICE_DIRECTOR)
    owners = (Owner(Role.DEPARTMENT_HEAD, Of.APPLICANT), Owner(Role.OFFICE_DIRECTOR))
    travels_by(monkeypatch, "TR", Step("both", owners), decision(Role.FINANCE_VP))
    assert asked(sent_trip(cast)) == {"department_head", "vice_president"}


def test_who_signed_as_clerk_does_not_sign_as_head(cast: Cast) -> None:
    """P9-4c: four eyes"""
    hold(cast.department_head, Role.CLERK, cast.service)
    claim = do(cast.department_head, sent_claim(cast), "approve")
    assert (claim.step, asked(claim)) == ("department_head", {"vice_president"})


def test_what_was_signed_before_a_return_that_undid_it_bars_nobody(cast: Cast) -> None:
    claim = do(cast.finance_vp, claim_at(cast, "finance_vp"), "return", to="clerk")
    claim = move(cast, claim, until="payment")
    assert "finance_vp" in signed(claim)


# --- the table of substitutes, line by line


def _falls_to(cast: Cast, monkeypatch: pytest.MonkeyPatch, role: Role, holder: Person, of: Of = Of.COMPANY) -> set[str]:
    """Who is asked where the only holder of a role is the applicant himself."""
    travels_by(monkeypatch, "TR", decision(role, of=of))
    return asked(sent_trip(cast, holder))


def test_clerk_falls_to_another_clerk_and_then_to_the_heads_deputy_named_in_settings(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    decree("deputy.department_head", cast.engineer2.id)
    assert _falls_to(cast, monkeypatch, Role.CLERK, cast.clerk, Of.APPLICANT) == {"engineer2"}
    hold(cast.stranger, Role.CLERK, cast.service)
    later = {"starts_on": "2026-12-01", "ends_on": "2026-12-02"}
    assert asked(sent_trip(cast, cast.clerk, **later)) == {"stranger"}


def test_a_deputy_named_in_settings_may_be_the_next_barred(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    decree("deputy.department_head", cast.clerk.id)
    assert _falls_to(cast, monkeypatch, Role.CLERK, cast.clerk, Of.APPLICANT) == {"vice_president"}


def test_the_deputy_named_in_settings_signs_on_a_seat_of_his_own(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    decree("deputy.department_head", cast.engineer2.id)
    travels_by(monkeypatch, "TR", decision(Role.CLERK, of=Of.APPLICANT), HEAD)
    trip = sent_trip(cast, cast.clerk)
    assert waits_for(cast.engineer2, trip) and not waits_for(cast.department_head, trip)
    assert do(cast.engineer2, trip, "approve").step == "department_head"


def test_head_falls_to_the_vice_president_in_charge_of_just_that_department(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(cast.stranger, Role.VICE_PRESIDENT, cast.finance)
    assert _falls_to(cast, monkeypatch, Role.DEPARTMENT_HEAD, cast.department_head, Of.APPLICANT) == {"vice_president"}


def test_vice_president_falls_to_the_general_manager(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(cast.vice_president, Role.VICE_PRESIDENT, cast.management)
    assert _falls_to(cast, monkeypatch, Role.VICE_PRESIDENT, cast.vice_president, Of.APPLICANT) == {"general_manager"}


def test_office_director_falls_to_the_vice_president_in_charge_of_the_office(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _falls_to(cast, monkeypatch, Role.OFFICE_DIRECTOR, cast.office_director) == {"vice_president"}


def test_office_director_falls_to_the_general_manager_where_nobody_is_in_charge_of_the_office(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    _leaves(cast.vice_president, Role.VICE_PRESIDENT, cast.office)
    assert _falls_to(cast, monkeypatch, Role.OFFICE_DIRECTOR, cast.office_director) == {"general_manager"}


def test_finance_officer_falls_to_another_and_then_to_the_head_of_finance(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _falls_to(cast, monkeypatch, Role.FINANCE_OFFICER, cast.finance_officer) == {"finance_head"}
    hold(cast.stranger, Role.FINANCE_OFFICER)
    later = {"starts_on": "2026-12-01", "ends_on": "2026-12-02"}
    assert asked(sent_trip(cast, cast.finance_officer, **later)) == {"stranger"}


def test_finance_head_falls_to_the_vice_president_for_finance(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _falls_to(cast, monkeypatch, Role.FINANCE_HEAD, cast.finance_head) == {"finance_vp"}


def test_vice_president_for_finance_falls_to_the_general_manager(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _falls_to(cast, monkeypatch, Role.FINANCE_VP, cast.finance_vp) == {"general_manager"}


def test_the_general_managers_own_paper_about_money_falls_to_the_vice_president_for_finance(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    decree("deputy.general_manager", cast.vice_president.id)
    assert _falls_to(cast, monkeypatch, Role.GENERAL_MANAGER, cast.general_manager) == {"finance_vp"}


def test_the_general_managers_own_paper_about_no_money_falls_to_the_vice_president_named_in_settings(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from services.documents import KINDS

    decree("deputy.general_manager", cast.vice_president.id)
    travels_by(monkeypatch, "TR", decision(Role.GENERAL_MANAGER))
    monkeypatch.setitem(KINDS, "TR", replace(KINDS["TR"], amount=lambda filled: None))
    assert asked(sent_trip(cast, cast.general_manager)) == {"vice_president"}


def test_the_general_managers_trip_goes_all_the_way(cast: Cast) -> None:
    """P9-2: he heads the management himself, so finance signs for his department"""
    hold(cast.general_manager, Role.DEPARTMENT_HEAD, cast.management)
    trip = sent_trip(cast, cast.general_manager)
    assert asked(trip) == {"finance_vp"}
    trip = do(cast.finance_vp, trip, "approve")
    assert asked(trip) == {"office_director"}
    assert do(cast.office_director, trip, "approve").step == "travel"


def test_roles_without_a_line_in_the_table_have_no_substitute(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    travels_by(monkeypatch, "TR", decision(Role.ACCOUNTANT))
    trip = drafted_trip(cast, cast.accountant)
    assert refusal(do, cast.accountant, trip, "submit").key == "engine.nobody_free"


# --- nobody there


def test_where_nobody_holds_a_role_sending_is_refused_with_role_and_department_named(cast: Cast) -> None:
    """DESIGN.md"""
    _leaves(cast.department_head, Role.DEPARTMENT_HEAD, cast.service)
    trip = drafted_trip(cast)
    refused = refusal(do, cast.engineer, trip, "submit")
    assert refused.key == "engine.nobody_holds"
    assert refused.facts["role"].key == "role.department_head"
    assert refused.facts["department"] == "售后一室"


def test_a_role_missing_further_on_is_said_before_anybody_has_signed(cast: Cast) -> None:
    """DESIGN.md: submitting is refused, not the approval weeks later"""
    _leaves(cast.finance_vp, Role.FINANCE_VP)
    trip = finished_trip(cast)
    refused = refusal(sent_claim, cast, trip)
    assert refused.facts["role"].key == "role.finance_vp"
    assert refused.facts["department"].key == "engine.the_company"


def test_a_role_that_this_paper_does_not_need_may_be_held_by_nobody(cast: Cast) -> None:
    _leaves(cast.finance_head, Role.FINANCE_HEAD)
    assert sent_claim(cast).state == State.RUNNING


def test_a_refused_sending_leaves_nothing_behind(cast: Cast) -> None:
    """One transaction: no number is used up, nothing is stored beside the draft, nobody is asked"""
    _leaves(cast.office_director, Role.OFFICE_DIRECTOR)
    trip = drafted_trip(cast)
    before = reload(trip)
    refusal(do, cast.engineer, trip, "submit")
    after = reload(trip)
    assert (after.state, after.number, after.version, after.draft) == (State.DRAFT, None, before.version, before.draft)
    assert (open_tasks(trip), events(trip)) == ([], [])
    hold(cast.clerk, Role.OFFICE_DIRECTOR)
    assert do(cast.engineer, trip, "submit").number == "TR-202611-0001"


def test_where_nobody_is_free_sending_is_refused(cast: Cast) -> None:
    _leaves(cast.general_manager, Role.GENERAL_MANAGER)
    _leaves(cast.finance_vp, Role.FINANCE_VP)
    hold(cast.vice_president, Role.DEPARTMENT_HEAD, cast.management)
    trip = drafted_trip(cast, cast.vice_president)
    refused = refusal(do, cast.vice_president, trip, "submit")
    assert (refused.key, refused.facts["role"].key) == ("engine.nobody_free", "role.department_head")


def test_a_disabled_holder_is_none(cast: Cast) -> None:
    with writing() as session:
        session.get_one(Person, cast.department_head.id).active = False
    assert refusal(sent_trip, cast).key == "engine.nobody_holds"


def test_a_paper_returned_far_on_its_way_needs_only_those_who_are_still_to_sign(cast: Cast) -> None:
    claim = do(cast.finance_vp, claim_at(cast, "finance_vp"), "return")
    _leaves(cast.clerk, Role.CLERK, cast.service)
    assert do(cast.engineer, claim, "submit").step == "finance_vp"


def test_the_head_answers_for_a_person_named_in_the_paper_who_has_left(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    travels_by(monkeypatch, "TR", HEAD, work("travel", Owner(person="traveller_id")))
    trip = sent_trip(cast, traveller_id=cast.engineer2.id)
    with writing() as session:
        session.get_one(Person, cast.engineer2.id).active = False
    assert do(cast.department_head, trip, "approve").step == "travel"
    assert asked(trip) == {"department_head"}


def test_work_left_by_a_traveller_who_is_disabled_falls_to_his_head(cast: Cast) -> None:
    trip = approved_trip(cast)
    with writing() as session:
        disable_person(session, cast.administrator, cast.engineer.id, NOW)
    assert asked(trip) == {"department_head"}
    assert "complete" in may(cast.department_head, trip)


# --- a role ends, a person leaves


def test_when_a_role_ends_its_open_tasks_go_to_who_stands_in(cast: Cast) -> None:
    trip = sent_trip(cast)
    with writing() as session:
        grant = session.exec(select(Grant).where(Grant.person_id == cast.department_head.id)).one()
        end_grant(session, cast.administrator, grant.id, NOW)
    assert asked(trip) == {"vice_president"}
    assert open_tasks(trip)[0].instead_of == Role.DEPARTMENT_HEAD
    assert refusal(do, cast.department_head, trip, "approve").key == "access.not_found"
    assert do(cast.vice_president, trip, "approve").step == "office_director"


def test_when_a_person_is_disabled_his_open_tasks_go_to_who_stands_in(cast: Cast) -> None:
    trip = sent_trip(cast)
    with writing() as session:
        disable_person(session, cast.administrator, cast.department_head.id, NOW)
    assert waits_for(cast.vice_president, trip)
    assert may(cast.department_head, trip) == set()


def test_where_another_still_holds_the_role_the_task_stays_where_it_is(cast: Cast) -> None:
    hold(cast.clerk, Role.DEPARTMENT_HEAD, cast.service)
    trip = sent_trip(cast)
    _leaves(cast.department_head, Role.DEPARTMENT_HEAD, cast.service)
    assert (asked(trip), open_tasks(trip)[0].instead_of) == ({"clerk"}, None)


def test_a_task_moves_on_once_more_when_the_substitute_leaves_too(cast: Cast) -> None:
    trip = sent_trip(cast)
    _leaves(cast.department_head, Role.DEPARTMENT_HEAD, cast.service)
    _leaves(cast.vice_president, Role.VICE_PRESIDENT, cast.service)
    assert asked(trip) == {"general_manager"}
    assert open_tasks(trip)[0].instead_of == Role.DEPARTMENT_HEAD


def test_a_door_is_shut_though_his_task_finds_nobody_else(cast: Cast) -> None:
    """Disabling is effective at once; the task waits until the role is held again."""
    claim = claim_at(cast, "payment")
    with writing() as session:
        disable_person(session, cast.administrator, cast.cashier.id, BACK)
    assert asked(claim) == set()
    assert may(cast.cashier, claim) == set()
    hold(cast.engineer2, Role.CASHIER)
    assert do(cast.engineer2, claim, "complete", paid_on="2026-11-28", payment_reference="1").state == State.DONE


def test_a_named_deputy_who_is_disabled_passes_the_task_on(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    decree("deputy.department_head", cast.engineer2.id)
    travels_by(monkeypatch, "TR", decision(Role.CLERK, of=Of.APPLICANT))
    trip = sent_trip(cast, cast.clerk)
    with writing() as session:
        disable_person(session, cast.administrator, cast.engineer2.id, NOW)
    assert asked(trip) == {"vice_president"}


def test_of_every_holder_one_who_lost_the_role_no_longer_signs(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """A right that is gone is gone, also where the task bears his name"""
    hold(cast.clerk, Role.DEPARTMENT_HEAD, cast.service)
    every = decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, signers=Signers.EVERY_HOLDER)
    travels_by(monkeypatch, "TR", every, decision(Role.FINANCE_VP))
    trip = sent_trip(cast)
    _leaves(cast.clerk, Role.DEPARTMENT_HEAD, cast.service)
    assert asked(trip) == {"department_head"}
    assert "approve" not in may(cast.clerk, trip)
    assert not waits_for(cast.clerk, trip)
    assert do(cast.department_head, trip, "approve").step == "finance_vp"


def test_of_every_holder_the_last_one_missing_is_replaced_though_a_colleague_was_asked_besides(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A colleague's yes is never that of one who holds the role."""
    hold(cast.clerk, Role.DEPARTMENT_HEAD, cast.service)
    every = decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, signers=Signers.EVERY_HOLDER)
    travels_by(monkeypatch, "TR", every, decision(Role.FINANCE_VP))
    trip = do(cast.department_head, sent_trip(cast), "ask_after", person=cast.engineer2.id)
    _leaves(cast.clerk, Role.DEPARTMENT_HEAD, cast.service)
    assert asked(trip) == {"engineer2", "vice_president"}


def test_of_every_holder_the_last_one_missing_is_replaced(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(cast.clerk, Role.DEPARTMENT_HEAD, cast.service)
    every = decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, signers=Signers.EVERY_HOLDER)
    travels_by(monkeypatch, "TR", every, decision(Role.FINANCE_VP))
    trip = do(cast.department_head, sent_trip(cast), "approve")
    _leaves(cast.clerk, Role.DEPARTMENT_HEAD, cast.service)
    assert asked(trip) == {"vice_president"}
    assert do(cast.vice_president, trip, "approve").step == "finance_vp"


def test_after_one_of_two_signed_the_other_seat_moves_if_he_was_alone_on_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The head of two roles signs the one that another could also have signed; the other falls to who stands in."""
    hold(cast.department_head, Role.OFFICE_DIRECTOR)
    hold(cast.clerk, Role.DEPARTMENT_HEAD, cast.service)
    owners = (Owner(Role.DEPARTMENT_HEAD, Of.APPLICANT), Owner(Role.OFFICE_DIRECTOR))
    travels_by(monkeypatch, "TR", Step("both", owners), decision(Role.FINANCE_VP))
    trip = sent_trip(cast)
    _leaves(cast.office_director, Role.OFFICE_DIRECTOR)
    trip = do(cast.department_head, trip, "approve")
    assert len(open_tasks(trip)) == 1
    assert "approve" not in may(cast.department_head, trip)
    assert asked(trip) == {"vice_president"}


def test_nothing_is_left_in_an_inbox_that_nobody_may_decide_on(cast: Cast) -> None:
    sent_trip(cast, cast.department_head)
    approved_trip(cast)
    for person in (cast.department_head, cast.engineer, cast.vice_president, cast.general_manager):
        for row in inbox(person, NOW + timedelta(hours=1)):
            with reading() as session:
                paper: Any = session.get_one(Document, row.document_id)
            assert may(person, paper) & {"approve", "complete"}


def test_a_department_that_the_case_names_later_is_not_missed_when_it_is_sent(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A complaint's handling department is named on the way: its people are not asked for before."""
    travels_by(monkeypatch, "TR", HEAD, decision(Role.SALES_MANAGER, of=Of.HANDLING))
    assert sent_trip(cast).step == "department_head"


def test_a_task_that_found_nobody_finds_whoever_is_appointed_or_comes_back(cast: Cast) -> None:
    """Everybody who could sign is gone; the first who comes may, be he a stand-in or the holder of the role itself."""
    trip = sent_trip(cast)
    in_line = (cast.department_head, cast.vice_president, cast.finance_vp, cast.general_manager)
    for person in in_line:
        with writing() as session:
            disable_person(session, cast.administrator, person.id, NOW)
    assert asked(trip) == set()
    with writing() as session:
        enable_person(session, cast.administrator, cast.vice_president.id, NOW)
    assert asked(trip) == {"vice_president"}
    with writing() as session:
        disable_person(session, cast.administrator, cast.vice_president.id, NOW)
    with writing() as session:
        grant_role(session, cast.administrator, cast.clerk.id, Role.DEPARTMENT_HEAD, cast.service.id, NOW)
    assert asked(trip) == {"clerk"}


def test_a_task_whose_role_is_held_only_by_who_signed_beside_finds_whoever_comes_back(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The role is not vacant, but its holder may not sign twice: the paper would wait for nobody."""
    hold(cast.department_head, Role.OFFICE_DIRECTOR)
    owners = (Owner(Role.DEPARTMENT_HEAD, Of.APPLICANT), Owner(Role.OFFICE_DIRECTOR))
    travels_by(monkeypatch, "TR", Step("both", owners), decision(Role.FINANCE_VP))
    trip = do(cast.department_head, sent_trip(cast), "approve")
    for person in (cast.vice_president, cast.finance_vp, cast.general_manager, cast.office_director):
        with writing() as session:
            disable_person(session, cast.administrator, person.id, NOW)
    assert asked(trip) == set()
    with writing() as session:
        enable_person(session, cast.administrator, cast.vice_president.id, NOW)
    assert asked(trip) == {"vice_president"}
