"""A demonstration is made where there is nothing, made anew where one is, and never where a real portal is."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select, update

from models import ExpenseType, Person
from seed.company import load_company
from seed.prepare import prepare_demonstration, prepare_empty
from services.accounts.demonstration import is_demo
from services.accounts.first import is_new
from services.database import reading, writing
from services.errors import Refused
from services.settings import put
from services.verify import problems
from tests.factories import NOW, Cast

LATER = NOW + timedelta(hours=1)


def prepare(now: datetime, **more: Any) -> bool:
    """With the company alone instead of its whole year."""
    return prepare_demonstration(now, play=_found_company, **more)


def test_an_empty_database_becomes_a_demonstration(database: str, tmp_path: Path) -> None:
    assert prepare(NOW)
    with reading() as session:
        assert is_demo(session, NOW)
        assert session.exec(select(Person)).first()
        assert problems(session) == []
    assert not (tmp_path / "demonstration-unfinished").exists()


def test_a_demonstration_is_left_as_it_is(database: str) -> None:
    prepare(NOW)
    with writing() as session:
        session.exec(update(Person).values(name="renamed"))
    assert not prepare(LATER)
    with reading() as session:
        assert set(session.exec(select(Person.name))) == {"renamed"}


def test_a_demonstration_is_made_anew_when_asked(database: str) -> None:
    prepare(NOW)
    with writing() as session:
        session.exec(update(Person).values(name="renamed"))
    assert prepare(LATER, reset=True)
    with reading() as session:
        assert "renamed" not in set(session.exec(select(Person.name)))
        assert problems(session) == []


def test_an_interrupted_demonstration_is_made_anew(database: str, tmp_path: Path) -> None:
    prepare(NOW)
    (tmp_path / "demonstration-unfinished").touch()
    assert prepare(LATER)
    assert not (tmp_path / "demonstration-unfinished").exists()


@pytest.mark.parametrize("reset", [False, True])
def test_a_real_portal_is_never_touched(cast: Cast, reset: bool) -> None:
    with pytest.raises(Refused, match="console.real_portal"):
        prepare(NOW, reset=reset)
    with reading() as session:
        assert session.get(Person, cast.engineer.id)


def test_nothing_is_made_while_another_uses_the_data(database: str) -> None:
    def refuse() -> None:
        raise Refused("console.in_use", folder="there")

    with pytest.raises(Refused, match="console.in_use"):
        prepare(NOW, alone=refuse)
    with reading() as session:
        assert session.exec(select(Person)).first() is None


def _found_company(now: datetime) -> None:
    with writing() as session:
        put(session, "demo.enabled", True, now=now)
        load_company(session, now)


def test_a_portal_nobody_has_entered_has_the_common_expense_types_and_is_still_new(database: str) -> None:
    prepare_empty()
    prepare_empty()
    with reading() as session:
        codes = list(session.exec(select(ExpenseType.code)))
        assert len(codes) == len(set(codes)) > 10
        assert is_new(session)
