"""Proof of the records: whole ones pass, and every way of changing them afterwards shows."""

import hashlib
import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col

from models import Document, Task
from services import audit
from services.attachments import attach, store
from services.database import reading, writing
from services.documents.papers import content_digest
from services.schema import append_only
from services.verify import export_head, problems
from tests import factories
from tests.factories import NOW, Cast
from tests.services.engine.test_claim import PDF
from tests.story import do, drafted_trip, paid_claim, sent_trip, voucher


@pytest.fixture
def trail(session: Session, cast: Cast) -> Session:
    """Three events, and a paper with a file."""
    for note in ("first", "second", "third"):
        audit.record(session, now=NOW, action="test", actor=cast.engineer, note=note)
    data = b"%PDF the voucher"
    store.put(hashlib.sha256(data).hexdigest(), data)
    paper = factories.travel_request(session, cast.engineer)
    factories.attachment(session, paper, cast.engineer, sha256=hashlib.sha256(data).hexdigest())
    session.commit()
    return session


def test_whole_records_have_no_problems(trail: Session) -> None:
    assert problems(trail, kept_head=audit.head(trail)) == []


def test_an_event_that_was_altered_is_named(trail: Session) -> None:
    _past_the_triggers(trail, "UPDATE event SET note = 'something else' WHERE sequence = 2")
    assert problems(trail) == ["event 2: was altered"]


def test_an_event_that_was_removed_is_named(trail: Session) -> None:
    _past_the_triggers(trail, "DELETE FROM event WHERE sequence = 2")
    assert "event 2 to 2: missing" in problems(trail)


def test_a_trail_that_was_cut_off_with_its_head_shows_against_a_kept_head(trail: Session) -> None:
    kept = audit.head(trail)
    _past_the_triggers(trail, "DELETE FROM event WHERE sequence = 3")
    hash_of_second = trail.execute(sa.text("SELECT hash FROM event WHERE sequence = 2")).scalar_one()
    trail.execute(sa.text("UPDATE chainhead SET sequence = 2, hash = :hash"), {"hash": hash_of_second})
    trail.commit()
    assert problems(trail) == []
    assert problems(trail, kept_head=kept) == ["event 3: was there when the head was kept, and is gone"]


def test_a_trail_that_was_written_anew_shows_against_a_kept_head(trail: Session) -> None:
    kept = audit.head(trail) | {"hash": "f" * 64}
    assert problems(trail, kept_head=kept) == ["event 3: is not the one it was when the head was kept"]


def test_a_missing_and_an_altered_file_are_named(trail: Session, tmp_path: Path) -> None:
    (file,) = (path for path in (tmp_path / "files").rglob("*") if path.is_file())
    file.write_bytes(b"other bytes")
    assert problems(trail) == [f"attachment {file.name}: altered"]
    file.unlink()
    assert problems(trail) == [f"attachment {file.name}: missing"]


def test_a_trail_without_its_guard_shows(trail: Session) -> None:
    dialect = trail.get_bind().dialect.name
    name = "event_no_delete" if dialect == "sqlite" else "event_only_grows"
    trail.execute(sa.text(f"DROP TRIGGER {name}{'' if dialect == 'sqlite' else ' ON event'}"))
    trail.commit()
    assert problems(trail) == [f"trigger {name}: missing"]


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE document SET state = 'rejected'", "is rejected, its last event left it running"),
        ("UPDATE document SET amount = 999900", "comes to 9999.00, its last event left it at 1800.00"),
        ("UPDATE travelrequest SET destinations = 'Paris'", "says something else than its last signer read"),
        ("UPDATE travelestimate SET amount = 1", "says something else than its last signer read"),
        ("UPDATE attachment SET removed_at = uploaded_at", "has other files than its events say"),
        ("UPDATE attachment SET sha256 = '{other}'", "has other files than its events say"),
    ],
)
def test_a_paper_that_was_altered_behind_the_portals_back_is_named(cast: Cast, statement: str, problem: str) -> None:
    trip = drafted_trip(cast)
    with writing() as session:
        attach(session, cast.engineer, trip, "a.pdf", PDF, NOW)
    trip = do(cast.department_head, do(cast.engineer, trip, "submit"), "approve")
    with reading() as session:
        assert problems(session) == []
    store.put(hashlib.sha256(b"other").hexdigest(), b"other")
    with writing() as session:
        session.execute(sa.text(statement.format(other=hashlib.sha256(b"other").hexdigest())))
    with reading() as session:
        assert f"{trip.number}: {problem}" in problems(session)


def test_a_paper_that_was_altered_together_with_its_signature_is_named(cast: Cast) -> None:
    """What was signed is sealed in the trail as well."""
    trip = do(cast.department_head, sent_trip(cast), "approve")
    with writing() as session:
        session.execute(sa.text("UPDATE travelrequest SET destinations = 'Paris'"))
        content = content_digest(session, session.get_one(Document, trip.id))
        session.execute(sa.update(Task).where(col(Task.content).is_not(None)).values(content=content))
    with reading() as session:
        assert problems(session) == [f"{trip.number}: says something else than its last signer read"]


def test_papers_of_every_moment_are_whole(cast: Cast) -> None:
    """A cut, a payment, a trip carried out and a return are no alterations."""
    paid_claim(cast, vouchers=[voucher(cast, "lodging", "500.00")])
    do(cast.department_head, sent_trip(cast, cast.engineer2), "return")
    do(cast.engineer2, drafted_trip(cast, cast.engineer2), "cancel")
    with reading() as session:
        assert problems(session) == []


def test_the_head_is_exported_to_be_kept_elsewhere(trail: Session, tmp_path: Path) -> None:
    export_head(trail, tmp_path / "head.json", NOW)
    kept = json.loads((tmp_path / "head.json").read_text())
    assert kept["sequence"] == 3
    assert problems(trail, kept_head=kept) == []


def _past_the_triggers(session: Session, statement: str) -> None:
    """What somebody with full power over the database can do."""
    if session.get_bind().dialect.name == "sqlite":
        for act in ("update", "delete"):
            session.execute(sa.text(f"DROP TRIGGER event_no_{act}"))
    else:
        session.execute(sa.text("DROP TRIGGER event_only_grows ON event"))
    session.execute(sa.text(statement))
    for trigger in append_only("event", session.get_bind().dialect.name):
        session.execute(sa.text(trigger))
    session.commit()
    session.expire_all()
