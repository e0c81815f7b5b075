"""Who is signed in: a row per browser decides at every request, whatever the cookie says.

A cookie holds a random token, the row its hash. Signing out, a new password, a lost role and being disabled all end
the row; the next thing that browser does finds the door shut.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Person, SignIn, Ticket
from services import audit
from services.accounts.passwords import matches, password_faults, password_hash
from services.accounts.validation import LOGIN
from services.database import writing
from services.errors import Fault, Invalid, Refused
from services.settings import setting
from services.texts import LANGUAGES

TICKET_LASTS = timedelta(seconds=60)
SEEN_EVERY = timedelta(minutes=1)
"""How often a browser at work is noted: a mere rerun must not write."""
KEPT_FOR = timedelta(days=90)
"""Rows of browsers that left long ago are swept; the audit trail keeps who came and went."""


@dataclass(frozen=True)
class Entered:
    """What the cookie route needs: the token for the cookie, how long it may live, where to go."""

    token: str
    expires_at: datetime
    next_url: str


# --- the password at the door


def check_password(login: str, password: str, now: datetime) -> Person | None:
    """The person, if this is his password; None for a wrong one, an unknown, disabled or locked login, all the same.

    Opens its own two short transactions: bcrypt takes a quarter of a second and must not hold up everybody who
    writes. The attempt is counted before the password is looked at, so that many at once gain nothing.
    """
    with writing() as session:
        person = _count_attempt(session, login, now)
    right = matches(password, person.password_hash if person else None)
    if person is None:
        return None
    with writing() as session:
        return _settle_attempt(session, person, right, now)


def change_password(person: Person, old: str, new: str, *, token: str | None, now: datetime) -> None:
    """Give oneself another password. Every other browser is signed out; the one of `token` stays.

    Raises `Invalid` for a password that is not admitted, `Refused` where the old one is wrong; wrong ones count as
    they do at the door. Opens its own transactions, like `check_password`.
    """
    faults = list(password_faults(new, person.login, "new_password"))
    if not faults and new == old:
        faults.append(Fault("new_password", "password.same"))
    if faults:
        raise Invalid(faults)
    if check_password(person.login, old, now) is None:
        raise Invalid([Fault("old_password", "password.old_wrong")])
    hashed = password_hash(new)
    with writing() as session:
        stored = session.get(Person, person.id, with_for_update=True)
        if stored is None or not stored.active:
            raise Refused("session.ended")
        stored.password_hash, stored.must_change_password = hashed, False
        stored.token_version += 1
        session.flush()
        if token:
            _renew(session, token, stored)
        audit.record(session, now=now, action="account.password_changed", actor=stored, subject=stored.login)


# --- the browser that is signed in


def live_sign_in(session: Session, token: str, now: datetime) -> tuple[SignIn, Person] | None:
    """The row behind a cookie and its person, while it holds: not ended, not idle too long, nothing changed since."""
    idle_since = now - timedelta(minutes=setting(session, "session.idle_minutes", now))
    return session.exec(_LIVE, params={"hashed": _hash(token), "now": now, "idle_since": idle_since}).first()


_LIVE = (
    select(SignIn, Person)
    .join(Person, col(Person.id) == SignIn.person_id)
    .where(
        SignIn.token_hash == sa.bindparam("hashed"),
        col(SignIn.ended_at).is_(None),
        SignIn.expires_at > sa.bindparam("now"),
        SignIn.seen_at > sa.bindparam("idle_since"),
        SignIn.token_version == Person.token_version,
        col(Person.active),
    )
)


def timed_out(session: Session, token: str, now: datetime) -> bool:
    """Was it time alone that ended the sign-in of this browser, idle or too long, and nobody's doing?"""
    found = select(SignIn.id).join(Person, col(Person.id) == SignIn.person_id)
    found = found.where(SignIn.token_hash == _hash(token), col(SignIn.ended_at).is_(None), col(Person.active))
    found = found.where(SignIn.token_version == Person.token_version)
    return session.exec(found).first() is not None and live_sign_in(session, token, now) is None


def person_for_token(session: Session, token: str, now: datetime) -> Person | None:
    """Whose cookie this is, if it still opens the door."""
    found = live_sign_in(session, token, now)
    return found[1] if found else None


def mark_seen(session: Session, sign_in: SignIn, now: datetime) -> None:
    """Note that the browser is at work. Called where `seen_at` is older than `SEEN_EVERY`."""
    session.execute(
        sa.update(SignIn)
        .where(col(SignIn.id) == sign_in.id, col(SignIn.ended_at).is_(None), col(SignIn.seen_at) < now)
        .values(seen_at=now)
    )


def end_sign_in(session: Session, token: str, now: datetime) -> None:
    """Sign a browser out. One that is out already stays out."""
    row = session.exec(select(SignIn).where(SignIn.token_hash == _hash(token), col(SignIn.ended_at).is_(None))).first()
    if row is None:
        return
    row.ended_at = now
    person = session.get_one(Person, row.person_id)
    audit.record(session, now=now, action="account.signed_out", actor=person, subject=person.login)


def end_all(session: Session, person: Person, now: datetime) -> None:
    """Sign a person out everywhere: his rights shrank, or his password is another."""
    person.token_version += 1
    session.add(person)
    session.execute(
        sa.update(SignIn).where(col(SignIn.person_id) == person.id, col(SignIn.ended_at).is_(None)).values(ended_at=now)
    )


def change_language(session: Session, person: Person, language: str) -> None:
    """Remember in which language a person reads the portal."""
    if language not in LANGUAGES:
        raise ValueError(language)
    session.execute(sa.update(Person).where(col(Person.id) == person.id).values(language=language))


# --- from the form to the cookie


def issue_ticket(session: Session, person: Person, next_url: str, now: datetime) -> str:
    """A slip for one use within a minute: the form proved who this is, the cookie route may let him in."""
    session.execute(sa.delete(Ticket).where(col(Ticket.expires_at) < now - KEPT_FOR))
    ticket = secrets.token_urlsafe(32)
    assert person.id
    session.add(
        Ticket(
            token_hash=_hash(ticket),
            person_id=person.id,
            next_url=local_path(next_url),
            expires_at=now + TICKET_LASTS,
        )
    )
    session.flush()
    return ticket


def redeem_ticket(session: Session, ticket: str, now: datetime) -> Entered | None:
    """Tear the slip and sign the browser in; None for one torn, too old, made up, or of a disabled person."""
    torn = session.execute(
        sa.update(Ticket)
        .where(col(Ticket.token_hash) == _hash(ticket), col(Ticket.used_at).is_(None), col(Ticket.expires_at) > now)
        .values(used_at=now)
    )
    if torn.rowcount != 1:  # type: ignore[attr-defined]  # one statement decides, so that two browsers cannot both win
        return None
    row = session.exec(select(Ticket).where(Ticket.token_hash == _hash(ticket))).one()
    person = session.get_one(Person, row.person_id)
    if not person.active:
        return None
    token = secrets.token_urlsafe(32)
    expires_at = now + timedelta(hours=setting(session, "session.absolute_hours", now))
    session.execute(
        sa.delete(SignIn).where(col(SignIn.person_id) == person.id, col(SignIn.expires_at) < now - KEPT_FOR)
    )
    session.add(
        SignIn(
            token_hash=_hash(token),
            person_id=row.person_id,
            token_version=person.token_version,
            created_at=now,
            seen_at=now,
            expires_at=expires_at,
        )
    )
    audit.record(session, now=now, action="account.signed_in", actor=person, subject=person.login)
    return Entered(token, expires_at, local_path(row.next_url))


def local_path(url: str) -> str:
    """The address if it is a page of this portal, else the front page: nobody is sent elsewhere after signing in."""
    return url if len(url) <= 500 and _LOCAL.fullmatch(url) else "/"


_LOCAL = re.compile(
    r"/([a-z0-9_-]*|(files|print|export)(/[\w-]+(\.\w+)?)+)"  # a page, or something that leaves as a file
    r"(\?[^\s\\\x00-\x1f\x7f]*)?",
    re.ASCII,
)
"""What such an address looks like as it is written: no dots or percent signs that say another path than one reads."""


# --- helpers


def _count_attempt(session: Session, login: str, now: datetime) -> Person | None:
    """Take one of the attempts a login has; None where there is no such login or it has none left."""
    login = login.strip().lower()
    if not LOGIN.fullmatch(login):
        return None
    person = session.exec(select(Person).where(Person.login == login).with_for_update()).first()
    if person is None or not person.active or person.password_hash is None:
        return None
    if person.locked_until:
        if person.locked_until > now:
            return None
        person.failed_attempts, person.locked_until = 0, None
    if person.failed_attempts >= setting(session, "signin.max_attempts", now):
        _lock(session, person, now)  # attempts were begun and never came to an end
        return None
    person.failed_attempts += 1
    return person


def _settle_attempt(session: Session, person: Person, right: bool, now: datetime) -> Person | None:
    stored = session.get_one(Person, person.id, with_for_update=True)
    if right and stored.active and stored.password_hash == person.password_hash:
        stored.failed_attempts, stored.locked_until = 0, None
        return stored
    if stored.failed_attempts >= setting(session, "signin.max_attempts", now) and not stored.locked_until:
        _lock(session, stored, now)
    return None


def _lock(session: Session, person: Person, now: datetime) -> None:
    person.locked_until = now + timedelta(minutes=setting(session, "signin.lock_minutes", now))
    audit.record(
        session,
        now=now,
        action="account.locked",
        subject=person.login,
        data={"attempts": person.failed_attempts, "until": person.locked_until.isoformat()},
    )


def _renew(session: Session, token: str, person: Person) -> None:
    session.execute(
        sa.update(SignIn)
        .where(col(SignIn.token_hash) == _hash(token), col(SignIn.person_id) == person.id)
        .where(col(SignIn.token_version) == person.token_version - 1)
        .values(token_version=person.token_version)
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
