"""The console lets in again whoever cannot get in himself, and leaves a trace."""

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from models import Event, Role, SignIn
from services.accounts.passwords import matches
from services.errors import Refused
from services.rescue import everybody, reset_password, unlock
from tests import factories
from tests.factories import NOW, Cast


def test_everybody_is_listed_with_department_and_roles(session: Session, cast: Cast) -> None:
    listed = {one.login: one for one in everybody(session, NOW)}
    assert listed["finance_head"].department == "财务部"
    assert listed["finance_head"].roles == (Role.FINANCE_HEAD, Role.DEPARTMENT_HEAD)
    assert not listed["finance_head"].locked


def test_a_role_held_for_several_departments_is_listed_once(session: Session, cast: Cast) -> None:
    listed = {one.login: one for one in everybody(session, NOW)}
    assert listed["vice_president"].roles == (Role.VICE_PRESIDENT,)


def test_a_reset_password_is_good_for_one_sign_in_and_ends_all_others(session: Session, cast: Cast) -> None:
    session.add(cast.clerk)
    factories.sign_in(session, cast.clerk)
    password = reset_password(session, "clerk", NOW)
    assert matches(password, cast.clerk.password_hash)
    assert cast.clerk.must_change_password
    assert session.exec(select(SignIn).where(col(SignIn.ended_at).is_(None))).all() == []


def test_an_unlocked_person_may_try_again(session: Session, cast: Cast) -> None:
    session.add(cast.clerk)
    cast.clerk.failed_attempts, cast.clerk.locked_until = 5, NOW + timedelta(minutes=15)
    unlock(session, "clerk", NOW)
    assert (cast.clerk.failed_attempts, cast.clerk.locked_until) == (0, None)


def test_what_the_console_did_stands_in_the_trail_without_the_password(session: Session, cast: Cast) -> None:
    password = reset_password(session, "clerk", NOW)
    unlock(session, "clerk", NOW)
    events = session.exec(select(Event).order_by(col(Event.sequence))).all()
    assert [(event.subject, event.data) for event in events] == [("clerk", {"by": "console"})] * 2
    assert password not in str(events)


@pytest.mark.parametrize("act", [reset_password, unlock])
def test_an_unknown_login_is_refused(session: Session, cast: Cast, act) -> None:
    with pytest.raises(Refused, match="console.no_such_person"):
        act(session, "nobody", NOW)
