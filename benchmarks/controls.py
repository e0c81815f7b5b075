"""How well the control rules find what is bad and leave alone what is in order, and what they cost."""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as clock
from pathlib import Path
from random import Random
from typing import Any

from sqlmodel import Session, select

from benchmarks.claims import COMPANY, HIGHEST_BED, SHARE, TAX_NUMBER, Made, Maker
from models import (
    ClaimedInvoice,
    ClaimKind,
    Department,
    Document,
    ExpenseClaim,
    ExpenseType,
    Person,
    SpendingKind,
    SpendingRequest,
    State,
    Transport,
    TravelRequest,
    VoucherLine,
)
from seed.company import load_expense_types
from services.calendar import is_working_day
from services.controls import RULES, found_in
from services.controls.looking import stored_claim
from services.controls.rule import invoice_key
from services.database import writing
from services.people import SHANGHAI
from services.schema import migrate
from services.settings import put

_PEOPLE = 120
_START = date(2023, 1, 9)
_MEANT_FOR = {
    "an invoice again": "duplicate_invoice",
    "two receipts for one expense": "same_again",
    "outside the trip": "outside_trip",
    "two hotels": "two_hotels",
    "allowance and meal": "allowance_and_meal",
    "dear a head": "dear_per_head",
    "people missing": "guests_missing",
    "day off": "day_off",
    "late": "too_old",
    "split": "just_below_major",
    "off a pad": "consecutive_numbers",
    "another buyer": "buyer_is_company",
    "two trips at once": "overlapping_trips",
    "a dear bed": "over_limit",
}
"""What each kind of badness should be found by."""


@dataclass
class Count:
    """What a rule said about the claims: of the bad ones meant for it, and of the others."""

    bad: int = 0
    found: int = 0
    elsewhere: int = 0
    """Claims that are bad in another way."""
    alarms: int = 0
    """Claims in order that were complained of all the same."""


def measure(number: int, seed: int, share: float) -> int:
    """Make the claims, store each as it is sent, look at it as it is looked at then; print a table.

    A finding in a claim that is in order is a failure.
    """
    with _passing_database(), writing() as session:
        types, department = _company(session)
        made = Maker(Random(seed), _PEOPLE, lambda day: is_working_day(session, day), _START, share).make(number)
        counts = {rule.id: Count() for rule in RULES}
        taken: list[float] = []
        for place, claim in enumerate(made, start=1):
            document, now = _store(session, place, claim, types, department)
            started = time.perf_counter()
            looked = stored_claim(session, document, now)
            fired = {one.rule.id for one in found_in(looked)}
            taken.append(time.perf_counter() - started)
            _hold(session, document, claim)
            _count(counts, claim, fired)
            if place % 500 == 0:
                session.expunge_all()
    _print(counts, taken, made)
    return int(any(one.alarms for one in counts.values()))


def _count(counts: dict[str, Count], claim: Made, fired: set[str]) -> None:
    meant = _MEANT_FOR.get(claim.bad or "")
    for rule, count in counts.items():
        if rule == meant:
            count.bad += 1
            count.found += rule in fired
        elif claim.bad:
            count.elsewhere += rule in fired
        else:
            count.alarms += rule in fired


def _print(counts: dict[str, Count], taken: list[float], made: list[Made]) -> None:
    bad = sum(1 for one in made if one.bad)
    lines = sum(len(one.lines) for one in made)
    print(f"\n{len(made):,} claims with {lines:,} lines, {bad:,} of them bad, each in one way\n")
    print("| rule | bad | found | recall | bad in another way | false alarms | precision |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for rule, one in counts.items():
        recall = f"{one.found / one.bad:.1%}" if one.bad else "-"
        said = one.found + one.elsewhere + one.alarms
        precision = f"{(said - one.alarms) / said:.1%}" if said else "-"
        print(f"| {rule} | {one.bad} | {one.found} | {recall} | {one.elsewhere} | {one.alarms} | {precision} |")
    taken.sort()
    middle, slow = statistics.median(taken), taken[int(len(taken) * 0.95)]
    print(f"\nall rules on one claim: median {middle * 1000:.1f} ms, p95 {slow * 1000:.1f} ms\n")


# --- the claims in a database of their own


@contextmanager
def _passing_database() -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PORTAL_DATA"] = folder
        os.environ["PORTAL_DATABASE_URL"] = f"sqlite:///{Path(folder) / 'portal.db'}"
        migrate()
        yield


def _company(session: Session) -> tuple[dict[str, int], int]:
    founded = datetime(2020, 1, 1, tzinfo=UTC)
    load_expense_types(session)
    put(session, "company.tax_title", COMPANY, now=founded)
    put(session, "company.tax_number", TAX_NUMBER, now=founded)
    department = Department(code="service", name="service")
    session.add(department)
    session.flush()
    for number in range(1, _PEOPLE + 1):
        session.add(Person(login=f"p{number}", name=f"p{number}", department_id=department.id))
    session.flush()
    types = {one.code: one.id for one in session.exec(select(ExpenseType))}
    put(session, "claim.limits", [_limit(types["LODGING"])], now=founded)
    return types, department.id


def _limit(lodging: int) -> dict[str, Any]:
    return {"expense_type_id": lodging, "tier": None, "grade": None, "per": "night", "amount": f"{HIGHEST_BED}.00"}


def _store(
    session: Session, place: int, claim: Made, types: dict[str, int], department: int
) -> tuple[Document, datetime]:
    """The trip and its claim, as they lie in the database when the claim is sent."""
    now = datetime.combine(claim.sent_on, clock(10), SHANGHAI).astimezone(UTC)
    person = claim.person + 1
    trip = _header(session, "TR", f"t{place}", person, department, now)
    days: dict[str, Any] = {"starts_on": claim.first, "ends_on": claim.last}
    session.add(
        TravelRequest(
            document_id=trip.id,
            traveller_id=person,
            origin="-",
            destinations=claim.city,
            transport=Transport.TRAIN,
            task="-",
            departed_on=claim.first,
            returned_on=claim.last,
            **days,
        )
    )
    document = _header(session, "EC", f"c{place}", person, department, now)
    document.amount = sum((one["amount"] for one in claim.lines), 100 * claim.allowance_days)
    session.add(
        ExpenseClaim(
            document_id=document.id,
            claim_kind=ClaimKind.TRAVEL,
            trip_id=trip.id,
            traveller_id=person,
            origin="-",
            destinations=claim.city,
            purpose="-",
            allowance_days=claim.allowance_days,
            bank_name="-",
            bank_account="-",
            **days,
        )
    )
    for position, line in enumerate(claim.lines, start=1):
        own = {name: value for name, value in line.items() if name not in ("code", "guests")}
        if line["code"] == "ENTERTAIN":
            own["request_id"] = _asked_for(session, f"r{place}-{position}", line, trip, types)
        key = invoice_key(line.get("invoice_code"), line.get("invoice_number"))
        session.add(
            VoucherLine(
                document_id=document.id,
                position=position,
                sequence=position,
                sheet="travel",
                expense_type_id=types[line["code"]],
                invoice_key=key,
                **own,
            )
        )
    session.flush()
    return document, now


def _asked_for(session: Session, token: str, line: dict[str, Any], trip: Document, types: dict[str, int]) -> int:
    """The request under which people were entertained, with what was recorded of it."""
    request = _header(session, "SR", token, trip.applicant_id, trip.department_id, trip.created_at)
    facts = {"asked_amount": line["amount"], "spent_amount": line["amount"], "spent_on": line["spent_on"]}
    session.add(
        SpendingRequest(
            document_id=request.id,
            trip_id=trip.id,
            spending=SpendingKind.ENTERTAINMENT,
            expense_type_id=types["ENTERTAIN"],
            planned_on=line["spent_on"],
            matter="-",
            spent_headcount=line.get("guests"),
            **facts,
        )
    )
    session.flush()
    return request.id


def _header(session: Session, kind: str, token: str, person: int, department: int, now: datetime) -> Document:
    document = Document(
        kind=kind,
        number=f"{kind}-{token}",
        state=State.RUNNING,
        applicant_id=person,
        created_by_id=person,
        department_id=department,
        created_at=now,
        submitted_at=now,
        client_token=token,
    )
    session.add(document)
    session.flush()
    return document


def _hold(session: Session, document: Document, claim: Made) -> None:
    """Its invoices are claimed now, whichever of them were free."""
    held: set[str] = set()
    for line in claim.lines:
        key = invoice_key(line.get("invoice_code"), line.get("invoice_number"))
        if key and key not in held and session.get(ClaimedInvoice, key) is None:
            held.add(key)
            session.add(ClaimedInvoice(key=key, document_id=document.id))
    session.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.controls", description=__doc__)
    parser.add_argument("--claims", type=int, default=5_000, help="how many (5000)")
    parser.add_argument("--seed", type=int, default=1, help="another number, other claims (1)")
    parser.add_argument("--share", type=float, default=SHARE, help="how many of them are bad (0.03)")
    options = parser.parse_args()
    return measure(options.claims, options.seed, options.share)


if __name__ == "__main__":
    raise SystemExit(main())
