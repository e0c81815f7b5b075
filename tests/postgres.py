"""A PostgreSQL server that lives as long as a test run: made in a temporary folder, gone afterwards."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NO_SERVER = "No PostgreSQL server programs (initdb, pg_ctl) were found: install postgresql, on Debian by apt-get."


@contextmanager
def throwaway_server() -> Iterator[str]:
    """Start a server on a free port and yield the URL of its database. Durability is off: speed is all that counts."""
    programs = server_programs()
    if programs is None:
        raise SystemExit(_NO_SERVER)
    user = _plain_user()
    folder = Path(tempfile.mkdtemp(prefix="portal-postgres-", dir=_open_to(user)))
    password, port = secrets.token_hex(16), _free_port()
    (folder / "password").write_text(password)
    if user:
        for path in (folder, folder / "password"):
            shutil.chown(path, user)
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=200 " + " ".join(
        f"-c {name}=off" for name in ("fsync", "synchronous_commit", "full_page_writes", "jit")
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # else the server would outlive a run that is stopped
    control = [str(programs / "pg_ctl"), "-D", str(folder / "data"), "-w", "-s"]
    try:
        _run(
            user,
            [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "portal", "-A", "scram-sha-256"],
            ["--pwfile", str(folder / "password"), "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
        )
        _run(user, control, ["-l", str(folder / "log"), "-o", options, "start"])
        try:
            yield f"postgresql+psycopg://portal:{password}@127.0.0.1:{port}/postgres"
        finally:
            _run(user, control, ["-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def server_programs() -> Path | None:
    """The folder of the newest PostgreSQL server programs of this machine, if it has any."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda folder: int(folder.parent.name))
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def _plain_user() -> str | None:
    """The server refuses to run as root; then somebody else has to."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _open_to(user: str | None) -> str:
    """The folder for temporary files, or the system's where the other user could not even enter it."""
    folder = Path(tempfile.gettempdir()).resolve()
    entered = all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))
    return str(folder) if entered or not user else "/tmp"


def _run(user: str | None, command: list[str], arguments: list[str]) -> None:
    before = ["runuser", "-u", user, "--"] if user else []
    # the server keeps the streams it inherits open, so it gets none of ours
    subprocess.run(
        [*before, *command, *arguments], check=True, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
