"""Who may read what: by role and document, asked from the database at every call."""

from typing import Any

import pytest
from sqlmodel import select

from models import Document, Grant, Person, Role, State
from services.access import has_role, load_document, may_read, may_start, visible_documents
from services.database import reading, writing
from services.documents import KINDS
from services.errors import Refused
from services.lists import Filters, listing
from tests.action_story import drafted_action, sent_action
from tests.analysis_story import drafted_analysis, sent_analysis
from tests.care_story import drafted_survey, drafted_visit, sent_survey, sent_visit
from tests.complaint_story import drafted_complaint, sent_complaint
from tests.factories import NOW, Cast
from tests.governance_story import (
    drafted_assessment,
    drafted_inspection,
    drafted_training,
    drafted_violation,
    sent_assessment,
    sent_inspection,
    sent_training,
    sent_violation,
)
from tests.income_story import drafted_income, sent_income
from tests.order_story import drafted_order, sent_order
from tests.parts_story import buyer, drafted_notice, drafted_parts, drafted_return, sent_notice, sent_parts, sent_return
from tests.story import (
    claim_at,
    do,
    drafted_adjustment,
    drafted_advance,
    drafted_claim,
    drafted_company_budget,
    drafted_entry,
    drafted_month,
    drafted_opening,
    drafted_outside,
    drafted_plan,
    drafted_register,
    drafted_report,
    drafted_request,
    drafted_trip,
    finished_trip,
    hold,
    inbox,
    may,
    refusal,
    retype,
    sent_adjustment,
    sent_advance,
    sent_claim,
    sent_company_budget,
    sent_entry,
    sent_month,
    sent_opening,
    sent_outside,
    sent_plan,
    sent_register,
    sent_report,
    sent_request,
    sent_trip,
)

EVERYBODY = [
    "engineer",
    "engineer2",
    "clerk",
    "department_head",
    "stranger",
    "other_head",
    "vice_president",
    "office_director",
    "finance_officer",
    "finance_head",
    "finance_vp",
    "general_manager",
    "accountant",
    "cashier",
    "administrator",
    "customer_service",
    "service_clerk",
    "service_administrator",
    "dispatcher",
    "budget_supervisor",
    "sales_manager",
    "salesperson",
    "quality_inspector",
    "production_engineer",
    "technical_engineer",
    "rnd_engineer",
    "dispute_coordinator",
    "purchaser",
    "warehouse",
]
READS_A_TRIP = {
    "engineer",
    "clerk",
    "department_head",
    "vice_president",
    "office_director",
    "finance_officer",
    "finance_head",
    "finance_vp",
    "general_manager",
    "accountant",
    "cashier",
}
"""The applicant; his department's head, clerk and vice president; all of finance; the office, which signs all trips."""
READS_A_REPORT = {"engineer", "clerk", "department_head", "vice_president", "quality_inspector", "general_manager"}
"""No money is in it: the applicant, his department's own, quality, and the general manager, who reads everything."""
CARES = {"customer_service", "service_administrator", "sales_manager"}
READERS = {
    "TR": READS_A_TRIP,
    "EC": READS_A_TRIP,
    "FR": READS_A_REPORT,
    "SR": READS_A_TRIP - {"office_director"},
    "CA": READS_A_TRIP - {"office_director"},
    "BP": READS_A_TRIP - {"office_director", "engineer"},
    "CB": {"finance_officer", "finance_head", "finance_vp", "general_manager", "accountant", "cashier"},
    "MR": READS_A_TRIP - {"office_director", "engineer"},
    "BA": READS_A_TRIP - {"office_director", "engineer"},
    "OB": READS_A_TRIP - {"office_director"},
    "OE": {"finance_officer", "finance_head", "finance_vp", "general_manager", "accountant", "cashier"},
    "CE": READS_A_TRIP - {"office_director", "engineer"},
    "MS": READS_A_TRIP - {"office_director", "engineer"} | {"budget_supervisor"},
    "CX": READS_A_REPORT - {"engineer"} | {"service_administrator"},
    "SS": READS_A_REPORT - {"engineer"} | CARES,
    "CV": READS_A_REPORT | CARES,
    "AR": {"quality_inspector", "service_administrator", "customer_service", "sales_manager", "general_manager"},
    "CP": {"customer_service", "service_administrator", "sales_manager", "quality_inspector", "general_manager"},
    "RV": READS_A_TRIP - {"office_director", "engineer"},
    "SN": READS_A_TRIP - {"office_director"}
    | {"production_engineer", "purchaser", "quality_inspector", "service_administrator"},
    "RT": READS_A_TRIP - {"office_director"}
    | {"quality_inspector", "warehouse", "sales_manager", "service_administrator", "customer_service"},
    "TN": {"clerk", "department_head", "vice_president", "general_manager", "service_administrator"},
    "VL": {"finance_officer", "engineer", "finance_head", "general_manager", "budget_supervisor"},
    "BI": {"budget_supervisor", "finance_head", "finance_vp", "general_manager"},
    "AS": {"clerk", "department_head", "vice_president", "general_manager"},
    "PR": READS_A_TRIP - {"office_director"} | {"production_engineer", "purchaser", "warehouse", "quality_inspector"},
    "SO": {
        "service_clerk",
        "dispatcher",
        "sales_manager",
        "service_administrator",
        "customer_service",
        "clerk",
        "department_head",
        "vice_president",
        "general_manager",
    },
}
"""A kind without a line here has none of these tests: write down who reads it."""
READERS |= {code: READERS[code] | {"budget_supervisor"} for code in ("BP", "CB", "BA", "OB", "CE", "CX")}
"""The supervision group reads what moves the budget (P7-10)."""
AUTHORS = {
    "MR": "clerk",
    "BP": "clerk",
    "BA": "clerk",
    "CB": "finance_head",
    "CX": "service_administrator",
    "SS": "customer_service",
    "AR": "service_administrator",
    "CP": "customer_service",
    "TN": "clerk",
    "VL": "finance_officer",
    "OE": "finance_officer",
    "AS": "clerk",
    "BI": "budget_supervisor",
    "SO": "service_clerk",
    "RV": "clerk",
    "CE": "clerk",
    "MS": "clerk",
}
"""Who writes a paper of the kind; else the engineer."""
PLANNERS = {"clerk", "department_head", "other_head", "finance_head"}
STARTERS = {
    "MR": {"clerk"},
    "BP": PLANNERS,
    "BA": PLANNERS,
    "CB": {"finance_head"},
    "OE": {"finance_officer", "accountant"},
    "CE": PLANNERS | {"accountant"},
    "MS": PLANNERS,
    "CX": {
        "quality_inspector",
        "service_administrator",
        "department_head",
        "other_head",
        "vice_president",
        "sales_manager",
        "production_engineer",
        "technical_engineer",
        "rnd_engineer",
        "finance_head",
        "finance_officer",
        "budget_supervisor",
    },
    "SS": {
        "customer_service",
    },
    "CV": {
        "engineer",
        "engineer2",
        "stranger",
        "department_head",
        "other_head",
        "finance_head",
        "customer_service",
        "service_administrator",
        "sales_manager",
        "salesperson",
        "quality_inspector",
    },
    "AR": {
        "quality_inspector",
        "service_administrator",
    },
    "CP": {"customer_service", "service_clerk"},
    "TN": {"clerk", "department_head", "other_head", "finance_head", "service_administrator"},
    "VL": {"finance_officer", "finance_head", "budget_supervisor"},
    "BI": {"budget_supervisor"},
    "AS": {"clerk", "department_head", "other_head", "finance_head", "vice_president"},
    "SO": {"service_clerk"},
    "RV": {"clerk", "service_clerk", "salesperson", "service_administrator", "production_engineer", "purchaser"},
    "SN": {"production_engineer", "purchaser"},
    "RT": {"engineer", "engineer2", "stranger", "customer_service", "service_clerk", "service_administrator"},
}
"""Who may, where not everybody may."""


def _paper(cast: Cast, code: str) -> Document:
    sent = {
        "TR": sent_trip,
        "EC": sent_claim,
        "FR": sent_report,
        "SR": sent_request,
        "CA": sent_advance,
        "BP": sent_plan,
        "CB": sent_company_budget,
        "MR": sent_register,
        "BA": sent_adjustment,
        "OB": sent_outside,
        "OE": sent_opening,
        "CE": sent_entry,
        "MS": sent_month,
        "CX": sent_action,
        "SS": sent_survey,
        "CV": sent_visit,
        "AR": sent_analysis,
        "CP": sent_complaint,
        "TN": sent_training,
        "VL": sent_violation,
        "AS": sent_assessment,
        "BI": sent_inspection,
        "PR": sent_parts,
        "SN": lambda cast: sent_notice(cast, buyer(cast)),
        "RT": sent_return,
        "SO": sent_order,
        "RV": sent_income,
    }
    return sent[code](cast)


def _readers(cast: Cast, paper: Document) -> set[str]:
    """Who may read it, by each of the ways there are; they must agree."""
    found = set()
    with reading() as session:
        for login in EVERYBODY:
            person = getattr(cast, login)
            ways = {
                may_read(session, person, paper, NOW),
                _loads(session, person, id=paper.id),
                _loads(session, person, **({"number": paper.number} if paper.number else {"id": paper.id})),
                paper.id in {one.id for one in session.exec(visible_documents(session, person, NOW))},
                paper.id in {one.id for one in session.exec(visible_documents(session, person, NOW, kind=paper.kind))},
            }
            assert len(ways) == 1, f"{login}: the ways do not agree"
            if ways.pop():
                found.add(login)
    return found


def _loads(session: Any, person: Person, **what: Any) -> bool:
    try:
        load_document(session, person, NOW, **what)
    except Refused as refused:
        assert refused.key == "access.not_found"
        return False
    return True


def _loses_all_roles(person: Person) -> None:
    with writing() as session:
        for grant in session.exec(select(Grant).where(Grant.person_id == person.id)):
            grant.ended_at = NOW


@pytest.mark.parametrize("code", sorted(KINDS))
def test_who_may_read_a_sent_paper(cast: Cast, code: str) -> None:
    """DESIGN.md, Who sees and does what"""
    assert _readers(cast, _paper(cast, code)) == READERS[code]


@pytest.mark.parametrize("code", sorted(KINDS))
def test_a_draft_is_its_authors_alone(cast: Cast, code: str) -> None:
    drafted = {
        "TR": drafted_trip,
        "EC": drafted_claim,
        "FR": drafted_report,
        "SR": drafted_request,
        "CA": drafted_advance,
        "BP": drafted_plan,
        "CB": drafted_company_budget,
        "MR": drafted_register,
        "BA": drafted_adjustment,
        "OB": drafted_outside,
        "OE": drafted_opening,
        "CE": drafted_entry,
        "MS": drafted_month,
        "CX": drafted_action,
        "SS": drafted_survey,
        "CV": drafted_visit,
        "AR": drafted_analysis,
        "CP": drafted_complaint,
        "TN": drafted_training,
        "VL": drafted_violation,
        "AS": drafted_assessment,
        "BI": drafted_inspection,
        "PR": drafted_parts,
        "SN": lambda cast: drafted_notice(cast, buyer(cast)),
        "RT": drafted_return,
        "SO": drafted_order,
        "RV": drafted_income,
    }
    paper = drafted[code](cast)
    assert _readers(cast, paper) == {AUTHORS.get(code, "engineer")}


@pytest.mark.parametrize("code", sorted(KINDS))
def test_who_may_not_read_may_do_nothing_either(cast: Cast, code: str) -> None:
    paper = _paper(cast, code)
    for login in set(EVERYBODY) - READERS[code]:
        person = getattr(cast, login)
        assert may(person, paper) == set()
        assert inbox(person) == []
        for action in ("approve", "return", "reject", "withdraw", "cancel", "comment", "submit", "complete"):
            assert refusal(do, person, paper, action).key == "access.not_found"


@pytest.mark.parametrize("code", sorted(KINDS))
def test_an_unknown_paper_and_one_that_is_not_for_him_are_the_same_answer(cast: Cast, code: str) -> None:
    """Numbers cannot be probed."""
    paper = _paper(cast, code)
    with reading() as session:
        answers = []
        for what in ({"number": paper.number}, {"number": f"{code}-202611-9999"}, {"id": paper.id}, {"id": 9999}):
            with pytest.raises(Refused) as caught:
                load_document(session, cast.stranger, NOW, **what)
            answers.append(caught.value.key)
    assert set(answers) == {"access.not_found"}


@pytest.mark.parametrize(
    "what",
    [
        *({"id": id} for id in (0, -1, 2**31, 2**63, 10**30)),
        *({"number": number} for number in ("", "\x00", "' OR 1=1 --", "%", "TR-202611-000%", "x" * 9999, "\ud800")),
    ],
    ids=ascii,
)
def test_an_address_that_anyone_may_type_opens_nothing_and_breaks_nothing(cast: Cast, what: dict[str, Any]) -> None:
    sent_trip(cast)
    with pytest.raises(Refused), reading() as session:
        load_document(session, cast.engineer, NOW, **what)


def test_a_draft_without_a_number_is_not_found_by_none(cast: Cast) -> None:
    drafted_trip(cast)
    for nothing in ({}, {"number": None}, {"number": ""}, {"id": None}):
        with pytest.raises(Refused), reading() as session:
            load_document(session, cast.engineer, NOW, **nothing)


def test_an_administrator_reads_nothing(cast: Cast) -> None:
    """DESIGN.md: administrators set up only"""
    _paper(cast, "TR")
    hold(cast.vice_president, Role.DEPARTMENT_HEAD, cast.office)
    sent_trip(cast, cast.office_director)  # of the department he belongs to
    with reading() as session:
        assert session.exec(visible_documents(session, cast.administrator, NOW)).all() == []
        assert listing(session, cast.administrator, Filters(), NOW).count == 0


def test_a_stranger_reads_nothing_and_counts_nothing(cast: Cast) -> None:
    sent_trip(cast)
    with reading() as session:
        found = listing(session, cast.stranger, Filters(), NOW)
    assert (found.count, found.rows, str(found.total)) == (0, [], "0.00")


def test_the_other_departments_head_reads_only_his_own_department(cast: Cast) -> None:
    own, other = sent_trip(cast, cast.stranger), sent_trip(cast)
    with reading() as session:
        assert {one.id for one in session.exec(visible_documents(session, cast.other_head, NOW))} == {own.id}
        assert other.id not in {one.id for one in session.exec(visible_documents(session, cast.other_head, NOW))}


def test_a_vice_president_reads_the_departments_in_his_charge(cast: Cast) -> None:
    hold(cast.other_head, Role.DEPARTMENT_HEAD, cast.finance)
    in_charge, not_in_charge = sent_trip(cast, cast.stranger), sent_trip(cast, cast.accountant)
    assert "vice_president" in _readers(cast, in_charge)
    assert "vice_president" not in _readers(cast, not_in_charge)


def test_the_marketing_manager_reads_all_of_after_sales(cast: Cast) -> None:
    """P5-3"""
    trip = sent_trip(cast)
    hold(cast.stranger, Role.MARKETING_MANAGER)
    assert "stranger" in _readers(cast, trip)
    assert may(cast.stranger, trip) == {"comment"}
    assert "stranger" not in _readers(cast, drafted_trip(cast))


@pytest.mark.parametrize("part", ["traveller", "companion"])
def test_whom_a_trip_concerns_reads_it_once_it_is_sent(cast: Cast, part: str) -> None:
    changes = {"traveller_id": cast.stranger.id} if part == "traveller" else {"companions": [cast.stranger.id]}
    draft = drafted_trip(cast, **changes)
    assert "stranger" not in _readers(cast, draft)
    assert "stranger" in _readers(cast, do(cast.engineer, draft, "submit"))


def test_who_was_taken_off_a_trip_reads_it_no_more(cast: Cast) -> None:
    trip = do(cast.department_head, sent_trip(cast, companions=[cast.stranger.id]), "return")
    retype(cast.engineer, trip, companions=[])
    assert "stranger" not in _readers(cast, do(cast.engineer, trip, "submit"))


def test_who_travelled_together_does_not_read_the_others_claim(cast: Cast) -> None:
    trip = finished_trip(cast, companions=[cast.stranger.id])
    claim = sent_claim(cast, trip)
    assert "stranger" in _readers(cast, trip)
    assert "stranger" not in _readers(cast, claim)


def test_who_signed_still_reads_it_after_he_lost_the_role(cast: Cast) -> None:
    trip = do(cast.department_head, sent_trip(cast), "approve")
    _loses_all_roles(cast.department_head)
    assert "department_head" in _readers(cast, trip)


def test_who_loses_a_role_stops_reading_at_once(cast: Cast) -> None:
    trip = sent_trip(cast)
    assert "general_manager" in _readers(cast, trip)
    _loses_all_roles(cast.general_manager)
    assert "general_manager" not in _readers(cast, trip)


def test_who_is_disabled_has_no_roles(cast: Cast) -> None:
    trip = sent_trip(cast)
    with writing() as session:
        session.get_one(Person, cast.general_manager.id).active = False
    assert "general_manager" not in _readers(cast, trip)


@pytest.mark.parametrize("end", ["withdraw", "return", "reject"])
def test_who_could_read_a_sent_paper_reads_it_also_when_it_went_another_way(cast: Cast, end: str) -> None:
    trip = sent_trip(cast)
    trip = do(cast.engineer if end == "withdraw" else cast.department_head, trip, end)
    assert _readers(cast, trip) == READS_A_TRIP


def test_a_given_up_draft_is_nobodys_but_its_authors(cast: Cast) -> None:
    draft = do(cast.engineer, drafted_trip(cast), "cancel", note="")
    assert draft.state == State.CANCELLED
    assert _readers(cast, draft) == {"engineer"}


def test_being_asked_opens_the_paper_and_only_while_one_is_asked(cast: Cast) -> None:
    hold(cast.stranger, Role.CASHIER)
    claim = claim_at(cast, "payment")
    assert "stranger" in _readers(cast, claim)


@pytest.mark.parametrize("code", sorted(KINDS))
def test_who_may_start_a_paper(cast: Cast, code: str) -> None:
    with reading() as session:
        starters = {login for login in EVERYBODY if may_start(session, getattr(cast, login), code)}
    assert starters == STARTERS.get(code, set(EVERYBODY) - {"administrator"})


def test_a_role_is_asked_anywhere_or_for_one_department(cast: Cast) -> None:
    with reading() as session:
        assert has_role(session, cast.vice_president, Role.VICE_PRESIDENT)
        assert has_role(session, cast.vice_president, Role.VICE_PRESIDENT, department_id=cast.office.id)
        assert not has_role(session, cast.vice_president, Role.VICE_PRESIDENT, department_id=cast.finance.id)
        assert not has_role(session, cast.engineer, Role.DEPARTMENT_HEAD, Role.GENERAL_MANAGER)
        assert has_role(session, cast.engineer, Role.DEPARTMENT_HEAD, Role.ENGINEER)
