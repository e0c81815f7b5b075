"""The clauses about complaints: taken in, answered, verified, analysed, agreed, carried out (P1, P3-2, P4, P5)."""

from typing import Any

from models import ComplaintNature, Consent, Document, Role
from services.compliance.found import Found, Measure, of
from services.compliance.measures import all_of, filled, has_holder, holds, in_time, promised, signed
from services.compliance.records import Records
from services.compliance.rule import Rule
from services.settings import setting

GOOD_SCORE = 4
"""From this overall score on, a customer counts as satisfied."""


def substantiated(_: Document, case: Any) -> bool:
    """Verified, be it after a dispute about what it is."""
    return case.nature is not None and not case.declined


def of_quality(paper: Document, case: Any) -> bool:
    return substantiated(paper, case) and case.nature == ComplaintNature.QUALITY


def not_of_quality(paper: Document, case: Any) -> bool:
    return substantiated(paper, case) and case.nature == ComplaintNature.NON_QUALITY


def taken_on(_: Document, case: Any) -> bool:
    return not case.declined


def _unusual(paper: Document, case: Any) -> bool:
    return of_quality(paper, case) and case.unusual


def _disputed(paper: Document, case: Any) -> bool:
    return substantiated(paper, case) and case.consent == Consent.DISPUTED


def _asked(_: Document, case: Any) -> bool:
    return case.score_overall is not None


def _satisfied(_: Document, case: Any) -> bool:
    return bool(case.score_overall >= GOOD_SCORE)


def _solved_in_target(records: Records) -> Found:
    """Closed in the month, within the days that are aimed at."""
    days = setting(records.session, "complaint.target_days", records.now)
    closed = records.forms(records.finished("CP"))
    return of(
        (paper.id, (paper.closed_at - case.received_at).total_seconds() <= days * 86_400)
        for paper, case in closed
        if paper.closed_at and substantiated(paper, case)
    )


def _targets(records: Records) -> Found:
    keys = ("complaint.target_answer", "complaint.target_verification", "complaint.target_days")
    unset = tuple((key,) for key in keys if not setting(records.session, key, records.now))
    return Found(len(keys), others=unset)


_CLOSED: Measure = signed(
    "CP", "accept", "assign", "contact", "verify", "report", "notify", "feed_back", when=taken_on, at="finished"
)

RULES = {
    "P1-4.1": Rule(("CP", "complaint_register"), in_time("CP", "accept"), "taken_on"),
    "P1-4.2a": Rule(("CP", "turnaround"), promised("verification"), "verified", "complaint.target_verification"),
    "P1-4.2b": Rule(("CP",), filled("CP", "plan", "consent", when=substantiated), "agreed"),
    "P1-4.2c": Rule(("CP",), promised("solution"), "promise_kept"),
    "P1-4.3": Rule(("CP",), signed("CP", "report", "notify", when=taken_on, at="finished"), "reported"),
    "P1-4.4a": Rule(("CP",), filled("CP", "content", "finding", "result_report", when=taken_on), "full_record"),
    "P1-5": Rule(("turnaround",), _solved_in_target, "solved_in_target", "complaint.target_answer"),
    "P1-6.1": Rule(("CP", "turnaround"), promised("answer"), "answered", "complaint.target_answer"),
    "P1-6.2": Rule(("turnaround",), _solved_in_target, "solved_in_target", "complaint.target_answer"),
    "P1-6.3": Rule(("CP",), filled("CP", "basis", when=substantiated), "basis"),
    "P1-7.1": Rule(("settings", "turnaround"), _targets, "targets"),
    "P3-2.1a": Rule(("CP",), signed("CP", "analyse", when=of_quality, at="finished"), "analysed"),
    "P3-2.5": Rule(("CP", "complaint_register"), in_time("CP", "responsibility"), "responsibility"),
    "P4-1.3": Rule(("CP",), _CLOSED, "flow"),
    "P4-2.1": Rule(("CP",), filled("CP", "channel", at="sent"), "registered"),
    "P4-2.2": Rule(("CP",), filled("CP", "cause_category", "cause", when=of_quality), "caused"),
    "P4-2.3": Rule(("CP",), filled("CP", "consent", "consent_on", when=substantiated), "consented"),
    "P4-2.4": Rule(("CP",), filled("CP", "executed_on", "work_done", when=substantiated), "executed"),
    "P5-2": Rule(("CP",), _CLOSED, "flow"),
    "P5-3": Rule(
        ("people",),
        has_holder(Role.MARKETING_MANAGER, Role.SERVICE_ADMINISTRATOR, Role.SALES_MANAGER, Role.PRODUCTION_ENGINEER),
        "roles",
    ),
    "P5-5.1a": Rule(("CP",), signed("CP", "verify", when=of_quality, at="finished"), "opinion_form"),
    "P5-5.1b": Rule(("complaint_register",), holds("CP", lambda paper, _: bool(paper.number), at="sent"), "numbered"),
    "P5-5.1c": Rule(("CP",), signed("CP", "feed_back", when=taken_on, at="finished"), "fed_back"),
    "P5-5.2a": Rule(
        ("CP",), signed("CP", "analyse_with_sales", when=not_of_quality, at="finished"), "analysed_with_sales"
    ),
    "P5-6a": Rule(
        ("CP",),
        all_of(
            signed("CP", "analyse", "plan_consent", when=of_quality, at="finished"),
            signed("CP", "rnd", when=_unusual, at="finished"),
        ),
        "analysed",
    ),
    "P5-6b": Rule(("CP",), signed("CP", "responsibility", when=of_quality, at="finished"), "responsibility_named"),
    "P5-6c": Rule(("CP",), signed("CP", "allocate", when=of_quality, at="finished"), "allocated"),
    "P5-7.1": Rule(("CP",), signed("CP", "accept", at="finished"), "accepted"),
    "P5-7.2": Rule(("CP", "turnaround"), promised("answer"), "answered", "complaint.target_answer"),
    "P5-7.3": Rule(("CP",), filled("CP", "contract_term", "settlement", when=_disputed), "disputes"),
    "P7-8b": Rule(("turnaround",), holds("CP", _satisfied, when=_asked), "satisfied", "complaint.target_answer"),
}
