"""The shape of the database: migrations lead to what the models say, and what only grows cannot be changed."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Event
from services import audit
from services.schema import differences, migrate, newest, version
from tests.factories import NOW

CHANGES = [
    sa.update(Event).values(note="nothing happened"),
    sa.delete(Event),
]


def test_models_match_migrations(database: str) -> None:
    assert differences() == []


def test_migrating_twice_changes_nothing(database: str) -> None:
    migrate()
    assert version() == newest()


def test_a_new_database_is_made_where_none_was(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    assert version(url) is None
    migrate(url)
    assert version(url) == newest()
    assert differences(url) == []


@pytest.mark.parametrize("change", CHANGES, ids=["update", "delete"])
def test_the_database_itself_refuses_to_change_the_audit_trail(session: Session, change: sa.Executable) -> None:
    _some_event(session)
    with pytest.raises(sa.exc.DBAPIError, match="only grows"):
        session.execute(change)
    session.rollback()
    assert [event.note for event in session.exec(select(Event))] == ["as it was"]


def test_replacing_an_event_is_refused_too(session: Session) -> None:
    """INSERT OR REPLACE and ON CONFLICT DO UPDATE are ways round a trigger that only looks at DELETE."""
    _some_event(session)
    taken = session.exec(select(Event.id)).one()
    replace = {
        "sqlite": f"INSERT OR REPLACE INTO event SELECT * FROM event WHERE id = {taken}",
        "postgresql": f"INSERT INTO event SELECT * FROM event WHERE id = {taken} "
        "ON CONFLICT (id) DO UPDATE SET note = 'nothing happened'",
    }
    with pytest.raises(sa.exc.DBAPIError, match="only grows"):
        session.execute(sa.text(replace[session.get_bind().dialect.name]))


def test_the_audit_trail_cannot_be_truncated(session: Session) -> None:
    if session.get_bind().dialect.name != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    _some_event(session)
    with pytest.raises(sa.exc.DBAPIError, match="only grows"):
        session.execute(sa.text("TRUNCATE event CASCADE"))


def test_new_events_are_welcome(session: Session) -> None:
    _some_event(session)
    _some_event(session)
    assert session.exec(select(sa.func.count(col(Event.id)))).one() == 2


def _some_event(session: Session) -> None:
    audit.record(session, now=NOW, action="test", note="as it was")
    session.commit()
