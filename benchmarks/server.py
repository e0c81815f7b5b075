"""The portal that is measured: its data, made where there are none yet, and a server of its own over them."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlmodel import col, select

from benchmarks.rows import add_rows
from models import Document
from seed.prepare import prepare_demonstration
from services.config import ROOT
from services.database import reading, writing


@contextmanager
def portal(rows: int, port: int, folder: str | None) -> Iterator[tuple[str, int]]:
    """Make the data and serve them; the portal's address, and how many papers there are.

    In a folder that is named the data stay, and are taken as they are the next time. A port of 0 is any free one.
    """
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as passing:
        os.environ |= {"PORTAL_DATA": folder or passing, "PORTAL_BENCH": "1"}
        for elsewhere in ("PORTAL_DATABASE_URL", "PORTAL_FILES_URL"):
            os.environ.pop(elsewhere, None)
        papers = _prepare(rows)
        with _server(port or _free_port()) as address:
            yield address, papers


def _prepare(rows: int) -> int:
    """The demonstration and the rows beside it; answers how many papers there are."""
    now = datetime.now(UTC)
    if prepare_demonstration(now) and rows:
        with writing() as session:
            add_rows(session, rows, now)
    with reading() as session:
        return session.exec(select(sa.func.count(col(Document.id)))).one()


@contextmanager
def _server(port: int) -> Iterator[str]:
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, str(ROOT / "manage.py"), "run", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            _wait_for(server, f"{address}/healthz")
            yield address
        finally:
            server.terminate()


def _wait_for(server: subprocess.Popen[bytes], address: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
