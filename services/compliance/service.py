"""The clauses about service work, parts, suppliers, returns and income (P3, P5-8, P6, P8-5)."""

from typing import Any

from models import Document, Role, ServiceCategory, VisitResult, Warranty, WorkKind
from services.compliance.complaints import not_of_quality
from services.compliance.found import Found, of
from services.compliance.measures import all_of, filled, has_holder, holds, in_time, promised, signed
from services.compliance.records import Records
from services.compliance.rule import Rule
from services.documents.income_evidence import known_numbers, with_file
from services.people import local_day

_REPAIRS = (WorkKind.REPAIR, WorkKind.REPLACEMENT)


def _in_warranty(_: Document, order: Any) -> bool:
    return bool(order.warranty == Warranty.RUNNING and order.work_kind in _REPAIRS)


def _not_charged(_: Document, order: Any) -> bool:
    """Another category than free needs a reason, and the dispatcher's agreement."""
    return bool(order.category != ServiceCategory.PAID or order.category_reason)


def _visited(_: Document, order: Any) -> bool:
    return bool(order.visit_result == VisitResult.SOLVED)


def _served(paper: Document, order: Any) -> bool:
    """Administration has no customer who could sign."""
    return _visited(paper, order) and order.category != ServiceCategory.ADMINISTRATION


def _collected(_: Document, order: Any) -> bool:
    return order.collected_amount is not None


def _handed_over(_: Document, order: Any) -> bool:
    return order.handed_amount is not None and bool(
        order.handed_amount == order.collected_amount or order.handed_remark
    )


def _parts_in_time(records: Records) -> Found:
    """Parts that were received in the month, each by the day on which the first was needed; late open ones (P3-2.2)."""
    received = records.forms(records.finished("PR"))
    running = records.forms(records.running("PR")) if records.is_current else []
    late = [paper.id for paper, one in running if one.needed_on and one.needed_on < local_day(records.now)]
    arrived = [
        (paper.id, one.received_on <= one.needed_on) for paper, one in received if one.received_on and one.needed_on
    ]
    return of([*arrived, *((id, False) for id in late)])


def _with_evidence(records: Records) -> Found:
    """Incomes that rest on a paper there is, or on a file (P8-5.4)."""
    sent = records.forms(records.sent("RV"))
    known = known_numbers(records.session, {one.serves for _, one in sent if one.serves})
    filed = with_file(records.session, [paper.id for paper, one in sent if one.serves not in known])
    return of((paper.id, one.serves in known or paper.id in filed) for paper, one in sent)


RULES = {
    "P1-6.4": Rule(("RT",), signed("RT"), "returns_decided"),
    "P3-1.1": Rule(("SO", "CP"), holds("SO", _not_charged, when=_in_warranty, at="sent"), "free_in_warranty"),
    "P3-2.2": Rule(("PR", "missing_parts"), _parts_in_time, "parts_in_time"),
    "P3-2.3a": Rule(
        ("SN",), filled("SN", "problem", "model", "quantity", "site", "solve_by", "cost_bearing", at="sent"), "letters"
    ),
    "P3-2.3b": Rule(
        ("SN", "suppliers"), all_of(promised("supplier_answer"), in_time("SN", "notice_solve")), "suppliers_followed"
    ),
    "P3-2.4a": Rule(("PR",), in_time("PR", "parts_source", "parts_ship"), "parts_shipped"),
    "P3-2.4b": Rule(("PR",), filled("PR", "site", "contact", "contact_phone", at="sent"), "parts_told"),
    "P5-5.2b": Rule(("CP", "RV"), signed("CP", "recover", when=not_of_quality, at="finished"), "recovered"),
    "P5-8.1": Rule(("SO", "dispatch_board"), signed("SO", "dispatch", at="finished"), "dispatched"),
    "P6-3": Rule(
        ("RV", "PR"), all_of(signed("RV", "recognise"), signed("PR", "parts_receipt", at="finished")), "booked"
    ),
    "P6-4": Rule(("people",), has_holder(Role.DISPATCHER, Role.SERVICE_CLERK, Role.TECHNICIAN), "roles"),
    "P6-6": Rule(("SO",), filled("SO", "category", at="finished"), "categories"),
    "P6-7": Rule(("SO", "EC", "CP"), None, "forms"),
    "P6-8a": Rule(
        ("SO", "call_register"), filled("SO", "contact", "contact_phone", "address", at="sent"), "calls_registered"
    ),
    "P6-8b": Rule(("SO", "dispatch_board"), promised("dispatch"), "dispatched_in_time"),
    "P6-9a": Rule(("SO",), filled("SO", "signed_by", "signature_id", when=_served), "signed_on_site"),
    "P6-9b": Rule(("SO",), filled("SO", "archived_as", when=_visited), "archived"),
    "P6-10a": Rule(("SO", "RV"), holds("SO", _handed_over, when=_collected), "handed_over"),
    "P6-10b": Rule(("RV", "receivables"), in_time("RV", "recognise"), "invoiced"),
    "P8-5.1": Rule(("RV",), signed("RV", "recognise"), "recognised"),
    "P8-5.2": Rule(("RV",), filled("RV", "income_kind", at="approved"), "recognised"),
    "P8-5.3": Rule(("RV",), in_time("RV", "recognise"), "invoiced"),
    "P8-5.4": Rule(("RV",), _with_evidence, "evidence"),
}
