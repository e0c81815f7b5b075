"""Backup and restore: database and attachments in one archive, taken while the portal runs.

The database is copied first and the files after it: files are written before the row that names them and are never
changed, so every file of the copied rows is there.
"""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select, update

from models import Attachment, Person, SignIn, Ticket
from services import audit
from services.attachments import store
from services.config import data_folder, database_url
from services.database import engine, reading, writing
from services.errors import Refused
from services.schema import is_known, migrate, must_be_current, version
from services.verify import problems

FORMAT = 1


@dataclass(frozen=True)
class Saved:
    """An archive that was written, and the attachments that were not fit to be saved."""

    path: Path
    files: int
    damaged: tuple[str, ...]


def backup(path: Path | None, now: datetime) -> Saved:
    """Write an archive; without a path a dated one into `backups/` of the data folder. An older one is never replaced.

    Raises `Refused` where the file is there already, or where PostgreSQL's programs are not.
    """
    must_be_current()
    path = path or data_folder() / "backups" / f"portal-{now:%Y%m%d-%H%M%S}.tar.gz"
    if path.exists():
        raise Refused("backup.exists", path=path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder:
        unfinished, copy = Path(folder) / "archive", Path(folder) / "database"
        label = _label_for(now)
        _copy_database(copy)
        saved = _write(unfinished, copy, path, label, now)
        os.chmod(unfinished, 0o600)  # it holds everybody's papers
        unfinished.rename(path)
    return saved


def restore(path: Path, *, replace: bool, now: datetime) -> dict[str, Any]:
    """Put an archive in place of what the portal holds; what was there is kept beside it (SQLite). Nobody may use it.

    Everybody is signed out, since a session that ended after the backup would be open again. Answers with what the
    archive says about itself, and under `problems` with what is wrong with the records that came out of it, one line
    each: an archive may have been altered where it lay.
    Raises `Refused` where the archive is none, is from a newer portal or another engine, or where the portal holds
    people already and `replace` is not set.
    """
    folder_for_data = data_folder()
    if not replace and _holds_people():
        raise Refused("backup.not_empty")
    with tempfile.TemporaryDirectory(dir=folder_for_data, prefix=".restore-") as folder:
        copy = Path(folder) / "database"
        label = _read(path, copy)
        _put_database(copy, now)
    migrate()
    with reading() as session:
        label["problems"] = problems(session, kept_head=label["head"])
    with writing() as session:
        session.exec(update(SignIn).where(col(SignIn.ended_at).is_(None)).values(ended_at=now))
        session.exec(update(Ticket).where(col(Ticket.used_at).is_(None)).values(used_at=now))
        audit.record(session, now=now, action="portal.restored", data={"made_at": label["made_at"]})
    return label


# --- the archive


def _label_for(now: datetime) -> dict[str, Any]:
    """What the archive says about itself. The head is read before the copy is made, so the copy reaches as far."""
    with reading() as session:
        head = audit.head(session)
    facts = {"engine": engine().dialect.name, "version": version(), "head": head}
    return {"format": FORMAT, "made_at": now.isoformat()} | facts


def _write(unfinished: Path, copy: Path, path: Path, label: dict[str, Any], now: datetime) -> Saved:
    with reading() as session:
        hashes = session.exec(select(Attachment.sha256).distinct().order_by(col(Attachment.sha256))).all()
    damaged = []
    with tarfile.open(unfinished, "w:gz", compresslevel=3) as archive:
        _add(archive, "portal.json", json.dumps(label | {"database_sha256": _sha256(copy)}, indent=1).encode(), now)
        archive.add(copy, "database")
        for sha256 in hashes:
            try:
                _add(archive, f"files/{sha256}", store.get(sha256), now)
            except store.Damaged:
                damaged.append(sha256)
    return Saved(path, len(hashes) - len(damaged), tuple(damaged))


def _add(archive: tarfile.TarFile, name: str, data: bytes, now: datetime) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime = len(data), int(now.timestamp())
    archive.addfile(entry, io.BytesIO(data))


def _read(path: Path, copy: Path) -> dict[str, Any]:
    """Check an archive, unpack its database to `copy` and its files into the store; answers with its label."""
    try:
        with tarfile.open(path) as archive:
            label = _label_of(archive)
            _unpack(archive, copy)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise Refused("backup.unreadable", path=path) from error
    if not copy.exists() or _sha256(copy) != label["database_sha256"]:
        raise Refused("backup.unreadable", path=path)
    return label


def _label_of(archive: tarfile.TarFile) -> dict[str, Any]:
    first = archive.next()
    content = archive.extractfile(first) if first and first.name == "portal.json" else None
    if content is None:
        raise tarfile.ReadError("no label")
    label: dict[str, Any] = json.load(content)
    if label["format"] != FORMAT or not is_known(label["version"]):
        raise Refused("backup.newer")
    if label["engine"] != engine().dialect.name:
        raise Refused("backup.other_engine", engine=label["engine"])
    return label


def _unpack(archive: tarfile.TarFile, copy: Path) -> None:
    for entry in archive:
        content = archive.extractfile(entry)
        if content is None:
            continue
        if entry.name == "database":
            with copy.open("wb") as target:
                shutil.copyfileobj(content, target)
        elif entry.name.startswith("files/"):
            data = content.read()
            store.put(hashlib.sha256(data).hexdigest(), data)


# --- the database


def _copy_database(copy: Path) -> None:
    if engine().dialect.name == "sqlite":
        with closing(sqlite3.connect(_sqlite_file())) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        return
    _postgres("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={copy}")


def _put_database(copy: Path, now: datetime) -> None:
    if engine().dialect.name != "sqlite":
        options = ("--clean", "--if-exists", "--single-transaction", "--no-owner", "--no-privileges")
        _postgres("pg_restore", *options, f"--dbname={_address()[0]}", str(copy))
        return
    engine().dispose()
    file = _sqlite_file()
    if file.exists():
        with closing(sqlite3.connect(file)) as old:
            old.execute("PRAGMA journal_mode=DELETE")  # what still lies in the log beside it goes into the file
        file.rename(file.with_name(f"{file.name}.before-{now:%Y%m%d-%H%M%S}"))
    copy.rename(file)


def _holds_people() -> bool:
    if version() is None:
        return False
    with reading() as session:
        return session.exec(select(Person.id).limit(1)).first() is not None


def _sqlite_file() -> Path:
    file = sa.make_url(database_url()).database
    assert file
    return Path(file)


def _postgres(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs; the password goes by the environment, where no list of processes shows it."""
    found = max(_programs(program), default=None)
    if found is None:
        raise Refused("backup.no_program", program=program)
    address, password = _address()
    where = () if program == "pg_restore" else (f"--dbname={address}",)
    if subprocess.call([found[1], *arguments, *where], env={**os.environ, "PGPASSWORD": password}):
        raise Refused("backup.program_failed", program=program)


def _programs(program: str) -> Iterator[tuple[int, str]]:
    """Where a program is found, with its version: the newest reads and writes what older servers hold."""
    on_path = shutil.which(program)
    if on_path:
        yield 0, on_path
    for path in Path("/usr/lib/postgresql").glob(f"*/bin/{program}"):
        yield int(path.parent.parent.name), str(path)


def _address() -> tuple[str, str]:
    """The database's address without its password, and the password."""
    url = sa.make_url(database_url()).set(drivername="postgresql")
    return url._replace(password=None).render_as_string(), str(url.password or "")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
