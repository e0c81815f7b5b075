"""Where the portal keeps what it writes. Everything lies under one folder unless a URL says otherwise."""

import os
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def data_folder() -> Path:
    """The folder for database, files and backups: `PORTAL_DATA`, else `data/` beside the code."""
    folder = _resolved(os.environ.get("PORTAL_DATA") or str(ROOT / "data"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@lru_cache(maxsize=8)
def _resolved(name: str) -> Path:
    return Path(name).resolve()


def database_url() -> str:
    """`PORTAL_DATABASE_URL`, else an SQLite file in the data folder."""
    return os.environ.get("PORTAL_DATABASE_URL") or f"sqlite:///{data_folder() / 'portal.db'}"


def is_measured() -> bool:
    """Is the portal run to be measured (`PORTAL_BENCH`)? Then it has an empty page besides."""
    return bool(os.environ.get("PORTAL_BENCH"))


def files_url() -> str:
    """Where attachments lie, as an fsspec URL: `PORTAL_FILES_URL`, else a folder in the data folder."""
    return os.environ.get("PORTAL_FILES_URL") or f"file://{data_folder() / 'files'}"


def mail_server() -> str | None:
    """Where the portal's mail goes out, `PORTAL_SMTP_URL`: smtp://[user:password@]host[:port], or smtps://...; None
    where it sends none, or does not know in whose name (`PORTAL_MAIL_FROM`).
    """
    return os.environ.get("PORTAL_SMTP_URL") or None if mail_sender() else None


def mail_sender() -> str | None:
    """The address in whose name the portal sends mail: `PORTAL_MAIL_FROM`."""
    return os.environ.get("PORTAL_MAIL_FROM") or None
