"""Backup and restore: what was saved comes back whole, and nothing that is there is lost by accident."""

import hashlib
import sqlite3
import tarfile
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select, update

from models import Document, Person, SignIn
from services import audit
from services.attachments import store
from services.backup import backup, restore
from services.database import engine, reading, writing
from services.errors import Refused
from services.schema import newest
from services.verify import problems
from tests import factories
from tests.factories import NOW, Cast

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def archive(cast: Cast, tmp_path: Path) -> Path:
    """A backup of a portal with one paper, its file and somebody signed in."""
    with writing() as session:
        paper = factories.travel_request(session, cast.engineer, title="as it was saved")
        _file(session, paper, cast.engineer, b"%PDF the voucher")
        factories.sign_in(session, cast.engineer)
        audit.record(session, now=NOW, action="test", actor=cast.engineer, document=paper)
    return backup(tmp_path / "portal.tar.gz", NOW).path


def test_what_was_saved_comes_back(archive: Path, tmp_path: Path) -> None:
    with writing() as session:
        session.exec(update(Document).values(title="changed afterwards"))
    _lose_files(tmp_path)
    restore(archive, replace=True, now=LATER)
    with reading() as session:
        assert session.exec(select(Document.title)).one() == "as it was saved"
        assert problems(session) == []
    assert store.get(hashlib.sha256(b"%PDF the voucher").hexdigest()) == b"%PDF the voucher"


def test_the_restored_portal_can_be_written_to(archive: Path, cast: Cast) -> None:
    restore(archive, replace=True, now=LATER)
    with writing() as session:
        factories.travel_request(session, cast.engineer2)
        assert len(session.exec(select(Document)).all()) == 2


def test_everybody_signs_in_anew_after_a_restore_and_the_trail_says_so(archive: Path) -> None:
    restore(archive, replace=True, now=LATER)
    with reading() as session:
        assert session.exec(select(SignIn).where(col(SignIn.ended_at).is_(None))).all() == []
        assert audit.head(session)["sequence"] == 2


def test_a_portal_with_people_is_not_replaced_by_accident(archive: Path) -> None:
    with pytest.raises(Refused, match="backup.not_empty"):
        restore(archive, replace=False, now=LATER)


def test_what_a_restore_replaces_is_kept_beside_it(archive: Path, cast: Cast) -> None:
    if engine().dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps its own backups")
    with writing() as session:
        session.exec(update(Person).where(col(Person.id) == cast.clerk.id).values(name="changed afterwards"))
    restore(archive, replace=True, now=LATER)
    kept = sqlite3.connect(next(Path(str(engine().url.database)).parent.glob("portal.db.before-*")))
    assert kept.execute("SELECT name FROM person WHERE login = 'clerk'").fetchone() == ("changed afterwards",)


def test_an_archive_comes_back_into_an_empty_portal(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine().dialect.name != "sqlite":
        pytest.skip("an empty database of its own is made on SQLite alone")
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PORTAL_DATABASE_URL", f"sqlite:///{tmp_path / 'elsewhere' / 'portal.db'}")
    monkeypatch.setenv("PORTAL_FILES_URL", f"file://{tmp_path / 'elsewhere' / 'files'}")
    restore(archive, replace=False, now=LATER)
    with reading() as session:
        assert session.exec(select(Document.title)).one() == "as it was saved"
        assert problems(session) == []


def test_a_backup_says_which_files_were_damaged(archive: Path, tmp_path: Path) -> None:
    _lose_files(tmp_path)
    saved = backup(tmp_path / "second.tar.gz", LATER)
    assert saved.files == 0
    assert saved.damaged == (hashlib.sha256(b"%PDF the voucher").hexdigest(),)


def test_a_backup_never_replaces_another(archive: Path) -> None:
    with pytest.raises(Refused, match="backup.exists"):
        backup(archive, LATER)


def test_a_backup_is_for_its_owner_alone(archive: Path) -> None:
    assert archive.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"", b"no archive at all"], ids=["empty", "text"])
def test_what_is_no_archive_is_refused(cast: Cast, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken").write_bytes(content)
    with pytest.raises(Refused, match="backup.unreadable"):
        restore(tmp_path / "broken", replace=True, now=LATER)


def test_half_an_archive_changes_nothing(archive: Path, tmp_path: Path) -> None:
    half = tmp_path / "half.tar.gz"
    half.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    with writing() as session:
        session.exec(update(Document).values(title="changed afterwards"))
    with pytest.raises(Refused, match="backup.unreadable"):
        restore(half, replace=True, now=LATER)
    with reading() as session:
        assert session.exec(select(Document.title)).one() == "changed afterwards"


def test_an_archive_that_was_altered_where_it_lay_is_said_to_be_so(archive: Path, tmp_path: Path) -> None:
    """Its own checksum proves nothing: whoever alters the database writes it anew"""
    assert restore(archive, replace=True, now=LATER)["problems"] == []
    altered = tmp_path / "altered.tar.gz"
    _rewritten(archive, altered, b'"sequence": 1', b'"sequence": 7')
    found = restore(altered, replace=True, now=LATER + timedelta(hours=1))["problems"]
    assert found == ["event 7: was there when the head was kept, and is gone"]


def test_an_archive_of_a_newer_portal_is_refused(archive: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer.tar.gz"
    _rewritten(archive, newer, f'"version": "{newest()}"'.encode(), b'"version": "9999"')
    with pytest.raises(Refused, match="backup.newer"):
        restore(newer, replace=True, now=LATER)


def test_an_archive_of_another_engine_is_refused(archive: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.tar.gz"
    name = engine().dialect.name.encode()
    _rewritten(archive, other, b'"engine": "%s"' % name, b'"engine": "another"')
    with pytest.raises(Refused, match="backup.other_engine"):
        restore(other, replace=True, now=LATER)


def _file(session, paper, by, data):
    sha256 = hashlib.sha256(data).hexdigest()
    store.put(sha256, data)
    factories.attachment(session, paper, by, sha256=sha256, size=len(data))


def _lose_files(folder: Path) -> None:
    for file in (folder / "files").rglob("*"):
        if file.is_file():
            file.unlink()


def _rewritten(source: Path, target: Path, old: bytes, new: bytes) -> None:
    """The same archive with another label."""
    import io

    with tarfile.open(source) as read, tarfile.open(target, "w:gz") as write:
        for entry in read:
            content = read.extractfile(entry).read()
            if entry.name == "portal.json":
                assert old in content
                content = content.replace(old, new)
                entry.size = len(content)
            write.addfile(entry, io.BytesIO(content))
