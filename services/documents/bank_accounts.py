"""Bank accounts of people: a new or altered one is paid to only after a second person has confirmed it (P8-3.1).

What a person's row holds is his account in force; every change of it is a row of its own and stays.
"""

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import AccountChange, AccountChangeForm, CashAdvance, Document, ExpenseClaim, Person, Role, State
from services import audit
from services.database import one_at_a_time, rows
from services.documents.fields import spec
from services.documents.filling import check_value
from services.errors import Invalid, Refused
from services.notices import tell_person
from services.people import holders, standing

CONFIRMERS = frozenset({Role.FINANCE_OFFICER, Role.FINANCE_HEAD})
"""Who confirms an account: neither who pays, nor who only sets up."""
ENTERERS = CONFIRMERS | {Role.ACCOUNTANT, Role.CASHIER}
"""Who enters one for somebody else."""
_MOST = 300
"""Changes in the list, the newest first."""


class Account(NamedTuple):
    """A bank and the number of an account with it."""

    bank_name: str
    bank_account: str


@dataclass(frozen=True)
class Changed:
    """A change as the page shows it, with the names of those who had to do with it."""

    row: AccountChange
    person: str
    by: str
    decided_by: str
    number: str | None
    """Of the paper that named it."""
    former: Account | None
    """What is paid to as long as it is not confirmed, or was before it was."""
    may_decide: bool = False
    """May whoever looks confirm or decline it?"""
    may_withdraw: bool = False
    """May he give it up?"""


def propose_account(
    session: Session,
    user: Person,
    person_id: int,
    raw: Mapping[str, Any],
    now: datetime,
    *,
    document_id: int | None = None,
) -> AccountChange:
    """Name a new account, for oneself or (finance) for somebody else. Those who confirm are told.

    Raises `Invalid` with the faults of the form, `Refused` for a wrong role and where nothing would change.
    """
    if user.id != person_id and not standing(session, user).roles & ENTERERS:
        raise Refused("bank.refused.not_yours")
    fields = {name: spec(AccountChangeForm, name) for name in AccountChangeForm.model_fields}
    checked = {name: check_value(field, raw.get(name)) for name, field in fields.items()}
    if faults := [fault for _, fault in checked.values() if fault]:
        raise Invalid(faults)
    values = {name: value for name, (value, _) in checked.items()}
    person = _held(session, person_id)
    account = Account(values["bank_name"], values["bank_account"])
    if _same(account, _in_force(person)):
        raise Refused("bank.refused.same")
    if _is_among(account, _waiting(session, person_id)):
        raise Refused("bank.refused.waits_already")
    row = AccountChange(**values, person_id=person_id, document_id=document_id, proposed_by_id=user.id, proposed_at=now)
    session.add(row)
    session.flush()
    for confirmer in _confirmers(session, row):
        tell_person(session, confirmer, "bank_proposed", now, who=person.name, by=user.name)
    _record(session, user, "bank.proposed", row, person, now)
    return row


def name_account(session: Session, document: Document, payee_id: int, account: Account, now: datetime) -> None:
    """A paper was sent that names an account nobody knows: it waits for its confirmation from now on."""
    person = session.get_one(Person, payee_id)
    if document.state != State.RUNNING or _is_among(account, _known(session, person)):
        return
    raw = {"bank_name": account.bank_name, "bank_account": account.bank_account}
    propose_account(session, person, person.id, raw, now, document_id=document.id)


def confirm_account(session: Session, user: Person, id: int, now: datetime) -> AccountChange:
    """A second person has made sure of it: from now on the money goes there.

    Refused for whoever does not confirm accounts, for the person himself, and for whoever entered it.
    """
    row, person = _to_decide(session, user, id)
    before = _in_force(person)
    if before:
        row.former_name, row.former_account = before
    row.accepted, row.decided_by_id, row.decided_at = True, user.id, now
    person.bank_name, person.bank_account = row.bank_name, row.bank_account
    session.flush()
    _told_of(session, row, person, "bank_confirmed", user, now)
    _record(session, user, "bank.confirmed", row, person, now)
    return row


def decline_account(session: Session, user: Person, id: int, reason: str, now: datetime) -> AccountChange:
    """It is not accepted, for a reason: money goes where it went before."""
    row, person = _to_decide(session, user, id)
    said = " ".join(reason.split())[:200]
    if not said:
        raise Refused("action.needs_note")
    row.accepted, row.decided_by_id, row.decided_at, row.reason = False, user.id, now, said
    session.flush()
    _told_of(session, row, person, "bank_declined", user, now)
    _record(session, user, "bank.declined", row, person, now, said)
    return row


def withdraw_account(session: Session, user: Person, id: int, now: datetime) -> AccountChange:
    """Whoever entered it, or whose it is, gives it up while it waits."""
    row, person = _open(session, id)
    if not _concerns(row, user):
        raise Refused("bank.refused.not_yours")
    row.accepted, row.decided_by_id, row.decided_at = False, user.id, now
    session.flush()
    _record(session, user, "bank.withdrawn", row, person, now)
    return row


def account_to_pay(session: Session, payee_id: int, named: Account, *, held: bool = False) -> Account:
    """Where the money of a paper goes that names an account: to the payee's confirmed one.

    Refused while the account that the paper names waits for its confirmation, and where there is none to pay to.
    `held`: nobody changes it before the end of the transaction.
    """
    person = _held(session, payee_id) if held else session.get_one(Person, payee_id)
    account = _in_force(person)
    if account and _same(named, account):
        return account
    if _is_among(named, _waiting(session, payee_id)):
        raise Refused("bank.refused.not_confirmed", who=person.name)
    if account is None or not _is_among(named, _known(session, person)):
        raise Refused("bank.refused.unknown", who=person.name)
    return account


def may_confirm(session: Session, user: Person) -> bool:
    """Does the person confirm the accounts of others?"""
    roles = standing(session, user).roles
    return bool(roles & CONFIRMERS) and not roles & {Role.ADMINISTRATOR, Role.CASHIER}


def waiting_changes(session: Session, user: Person) -> list[Changed]:
    """Changes that wait: all of them for finance, else one's own; the oldest first."""
    statement = _visible(session, user, col(AccountChange.accepted).is_(None)).order_by(col(AccountChange.id))
    decides = may_confirm(session, user)
    return [
        replace(one, may_decide=decides and not _concerns(one.row, user), may_withdraw=_concerns(one.row, user))
        for one in _changed(session, session.exec(statement).all())
    ]


def past_changes(session: Session, user: Person) -> list[Changed]:
    """What became of the others, the newest first."""
    decided = _visible(session, user, col(AccountChange.accepted).is_not(None))
    return _changed(session, session.exec(decided.order_by(col(AccountChange.id).desc()).limit(_MOST)).all())


def count_to_confirm(session: Session, user: Person) -> int:
    """How many changes wait for the user's confirmation."""
    if not may_confirm(session, user):
        return 0
    others = (AccountChange.person_id != user.id, AccountChange.proposed_by_id != user.id)
    waiting = select(sa.func.count(col(AccountChange.id))).where(col(AccountChange.accepted).is_(None), *others)
    return session.exec(waiting).one()


def papers_waiting(session: Session, ids: Collection[int]) -> set[int]:
    """Of these claims and advances, those that name an account which waits for its confirmation."""
    found = set()
    for table, payee in ((ExpenseClaim, col(ExpenseClaim.traveller_id)), (CashAdvance, col(Document.applicant_id))):
        own: Any = table
        same = sa.and_(
            col(AccountChange.bank_account) == own.bank_account,
            col(AccountChange.bank_name) == own.bank_name,
            col(AccountChange.accepted).is_(None),
        )
        statement = (
            sa.select(own.document_id)
            .join(Document, col(Document.id) == own.document_id)
            .join(AccountChange, sa.and_(col(AccountChange.person_id) == payee, same))
            .where(own.document_id.in_(ids), col(Document.state) == State.RUNNING)
        )
        found |= set(rows(session, statement).scalars())
    return found


def _visible(session: Session, user: Person, wanted: Any) -> Any:
    statement = select(AccountChange).where(wanted)
    if standing(session, user).roles & ENTERERS:
        return statement
    return statement.where(AccountChange.person_id == user.id)


def _changed(session: Session, found: Collection[AccountChange]) -> list[Changed]:
    ids = {id for row in found for id in (row.person_id, row.proposed_by_id, row.decided_by_id) if id}
    people = {one.id: one for one in session.exec(select(Person).where(col(Person.id).in_(ids)))}
    papers = select(Document.id, Document.number).where(col(Document.id).in_([row.document_id for row in found]))
    numbers = dict(session.exec(papers).all())
    return [
        Changed(
            row,
            people[row.person_id].name,
            people[row.proposed_by_id].name,
            people[row.decided_by_id].name if row.decided_by_id else "",
            numbers.get(row.document_id or 0),
            _in_force(people[row.person_id]) if row.accepted is None else _former(row),
        )
        for row in found
    ]


def _to_decide(session: Session, user: Person, id: int) -> tuple[AccountChange, Person]:
    if not may_confirm(session, user):
        raise Refused("bank.refused.finance_only")
    row, person = _open(session, id)
    if _concerns(row, user):
        raise Refused("bank.refused.second_person")
    return row, person


def _concerns(row: AccountChange, user: Person) -> bool:
    """Is it his account, or did he enter it? Then another decides, and he may give it up."""
    return user.id in (row.person_id, row.proposed_by_id)


def _open(session: Session, id: int) -> tuple[AccountChange, Person]:
    """A change that waits, and its person; nobody else decides on an account of his before the transaction ends."""
    known = session.get(AccountChange, id)
    if known is None:
        raise Refused("bank.refused.settled")
    person = _held(session, known.person_id)
    session.refresh(known)
    if known.accepted is not None:
        raise Refused("bank.refused.settled")
    return known, person


def _held(session: Session, person_id: int) -> Person:
    one_at_a_time(session, f"bank account {person_id}")
    person = session.get_one(Person, person_id)
    session.refresh(person, ["bank_name", "bank_account"])
    return person


def _in_force(person: Person) -> Account | None:
    return Account(person.bank_name or "", person.bank_account) if person.bank_account else None


def _named(row: AccountChange) -> Account:
    return Account(row.bank_name, row.bank_account)


def _former(row: AccountChange) -> Account | None:
    return Account(row.former_name or "", row.former_account) if row.former_account else None


def _known(session: Session, person: Person) -> list[Account]:
    """All that was ever named to be his: in force, waiting, confirmed, replaced or declined."""
    named = session.exec(select(AccountChange).where(AccountChange.person_id == person.id)).all()
    accounts = [_in_force(person), *(_named(row) for row in named), *(_former(row) for row in named)]
    return [account for account in accounts if account]


def _waiting(session: Session, person_id: int) -> list[Account]:
    waiting = select(AccountChange).where(AccountChange.person_id == person_id, col(AccountChange.accepted).is_(None))
    return [_named(row) for row in session.exec(waiting)]


def _is_among(account: Account, accounts: Collection[Account]) -> bool:
    return any(_same(account, one) for one in accounts)


def _same(one: Account | None, other: Account | None) -> bool:
    return one is not None and other is not None and [*map(_folded, one)] == [*map(_folded, other)]


def _folded(text: str) -> str:
    """Wide digits, blanks and strokes make no other account."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text) if sign.isalnum())


def _confirmers(session: Session, row: AccountChange) -> list[Person]:
    found = {one.id: one for role in sorted(CONFIRMERS) for one in holders(session, role, None, decide=True)}
    return [one for id, one in found.items() if id not in (row.person_id, row.proposed_by_id)]


def _told_of(session: Session, row: AccountChange, person: Person, key: str, user: Person, now: datetime) -> None:
    for id in sorted({row.person_id, row.proposed_by_id}):
        tell_person(session, session.get_one(Person, id), key, now, who=person.name, by=user.name)


def _record(
    session: Session, user: Person, action: str, row: AccountChange, person: Person, now: datetime, note: str = ""
) -> None:
    data = {"bank_name": row.bank_name, "bank_account": row.bank_account}
    if row.former_account:
        data["before"] = f"{row.former_name} {row.former_account}"
    said = note or row.note or ""
    audit.record(session, now=now, action=action, actor=user, subject=person.login, note=said, data=data)
    session.flush()
