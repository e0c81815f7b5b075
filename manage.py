#!/usr/bin/env python3
"""The portal's one command: begins with the standard library alone, goes on inside an environment it makes itself."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older one is told, as long as it can read this far
    sys.exit("The portal needs Python 3.11 or newer; this is {}.{}.".format(*sys.version_info))

import argparse
import hashlib
import importlib.util
import json
import logging
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections import Counter

    from sqlmodel import Session

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"

Options = argparse.Namespace


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if getattr(options, "data", None):
        os.environ["PORTAL_DATA"] = str(Path(options.data).resolve())
    if options.command == "run":
        _listen(options.host, options.port).close()  # a taken port is said before anything is installed
    _in_own_environment("requirements-dev.txt" if options.command == "test" else "requirements.txt")
    from services.errors import Refused

    os.chdir(ROOT)  # Streamlit looks for its settings where it is started
    try:
        return options.call(options) or 0
    except Refused as refused:
        _stop(refused.key, **refused.facts)
    except KeyboardInterrupt:
        return 130  # as shells count it


# --- the commands


def run(options: Options) -> int:
    """Serve the portal until Ctrl-C."""
    with _listen(options.host, options.port) as listening, _data_in_use() as alone:
        _prepare(alone, demo=options.demo or options.reset, reset=options.reset)
        address = f"http://{_shown(options.host)}:{options.port}"
        return _serve(listening, options.name, lambda: _welcome(address))


def test(options: Options) -> int:
    """Check style and types and run all tests; with arguments, pytest alone with these arguments."""
    same = ("--ignore", "tests/house", "--ignore", "tests/browser")  # the house and the screen are, on every engine
    apart = same if options.postgres else ()
    pytest = [sys.executable, "-m", "pytest", *(options.arguments or (*_IN_PARALLEL, *apart))]
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_TESTS} | _in_memory()
    if options.postgres:
        from tests.postgres import throwaway_server

        with throwaway_server() as url:
            return subprocess.call(pytest, env=environment | {"PORTAL_TEST_DATABASE_URL": url})
    if options.arguments:
        return subprocess.call(pytest, env=environment)
    checks = {
        "ruff check": [sys.executable, "-m", "ruff", "check", "."],
        "ruff format": [sys.executable, "-m", "ruff", "format", "--check", "."],
        "mypy": [sys.executable, "-m", "mypy"],
        "pytest": pytest,
    }
    running = {name: subprocess.Popen(check, env=environment) for name, check in checks.items()}
    failed = [name for name, check in running.items() if check.wait()]
    if failed:
        print(f"not passed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def seed(options: Options) -> None:
    """Fill an empty database with the demonstration."""
    with _data_in_use() as alone:
        _prepare(alone, demo=True, reset=options.reset)


def migrate(options: Options) -> None:
    """Bring the database to the newest version, or write the next migration."""
    from services.schema import migrate, new_migration, version

    if options.new:
        print(new_migration(options.new))
        return
    migrate()
    _say("console.migrated", version=version())


def user(options: Options) -> None:
    """List people; let in one who lost his password or locked himself out."""
    from services.database import reading, writing
    from services.rescue import reset_password, unlock
    from services.schema import migrate

    migrate()
    if options.act == "list":
        with reading() as session:
            _list_people(session)
        return
    if not options.login:
        _stop("console.whom", act=options.act)
    with writing() as session:
        if options.act == "reset":
            _say("console.reset", login=options.login, password=reset_password(session, options.login, _now()))
        else:
            unlock(session, options.login, _now())
            _say("console.unlocked", login=options.login)


def backup(options: Options) -> None:
    """Save database and files into one archive, while the portal runs."""
    from services.backup import backup

    saved = backup(Path(options.file).resolve() if options.file else None, _now())
    _say("console.saved", path=saved.path, count=saved.files)
    for sha256 in saved.damaged:
        _say("console.damaged", sha256=sha256)


def restore(options: Options) -> int:
    """Put an archive in the place of what the portal holds; the portal must not be running."""
    from services.backup import restore

    with _data_in_use() as alone:
        alone()
        label = restore(Path(options.file).resolve(), replace=options.replace, now=_now())
    _say("console.restored", made_at=label["made_at"])
    for problem in label["problems"]:
        print(problem)
    if label["problems"]:
        _say("console.restored_altered", count=len(label["problems"]))
    return 1 if label["problems"] else 0


def verify(options: Options) -> int:
    """Prove that the records are whole: the audit chain and the attachments."""
    from services.database import reading
    from services.schema import must_be_current
    from services.verify import export_head, problems

    must_be_current()
    kept = json.loads(Path(options.against).read_text(encoding="utf-8")) if options.against else None
    with reading() as session:
        found = problems(session, kept_head=kept)
        if options.export:
            _say("console.head", **export_head(session, Path(options.export), _now()))
    for problem in found:
        print(problem)
    _say("console.problems", count=len(found)) if found else _say("console.whole")
    return 1 if found else 0


def routes(options: Options) -> int:
    """Prove that every route is sound: as shipped, as it holds now, and as proposed."""
    from services.database import reading
    from services.documents import KINDS
    from services.engine.versions import check
    from services.schema import must_be_current

    must_be_current()
    if options.kind and options.kind not in KINDS:
        _stop("console.no_such_kind", kind=options.kind, kinds=", ".join(KINDS))
    with reading() as session:
        found = check(session, [options.kind] if options.kind else list(KINDS), _now())
    for one in found:
        print(_text(one.which, kind=one.kind, number=one.number), _text(one.problem.key, **one.problem.facts))
    _say("console.problems", count=len(found)) if found else _say("console.routes_sound")
    return 1 if found else 0


def worker(options: Options) -> None:
    """Remind people of what is due until Ctrl-C; `run` does it too, beside serving."""
    import threading

    from services.calendar import unknown_years
    from services.database import reading
    from services.people import local_day
    from services.schema import must_be_current
    from services.worker import work

    def did(told: "Counter[str]", at: datetime) -> None:
        keys = ("warned", "late", "escalated", "waits_long", "mailed")
        _say("console.worked", at=at, **{key: told[key] for key in keys})

    with _data_in_use():
        must_be_current()
        _say("console.working", seconds=options.every)
        with reading() as session:
            years = unknown_years(session, local_day(_now()), local_day(_now() + timedelta(days=90)))
        if years:
            _say("console.unknown_years", years=", ".join(map(str, years)))
        with suppress(KeyboardInterrupt):
            work(_now, threading.Event(), every=options.every, did=did)


def bench(options: Options) -> int:
    """Measure how fast the pages answer, on a demonstration made for it."""
    from benchmarks import bench

    return bench.bench(options.sessions, options.runs, rows=options.rows, port=options.port, folder=options.data)


_WORKERS = str(min((os.cpu_count() or 1) + 1, 4))
"""One more than there are processors: a test that waits for a browser leaves its processor to another."""
_IN_PARALLEL = ("-n", _WORKERS, "--dist", "loadfile", "--no-loadscope-reorder")
_MEMORY = Path("/dev/shm")  # noqa: S108 - where Linux keeps files in memory
_ROOM = 4 * 2**30
"""Bytes that must be free there: the databases of the tests, and the demonstration."""


def _in_memory() -> dict[str, str]:
    """Tests write thousands of small databases, each to be gone in a second: in memory, where there is room.

    A TMPDIR that somebody set stands.
    """
    if os.environ.get("TMPDIR") or not os.access(_MEMORY, os.W_OK) or shutil.disk_usage(_MEMORY).free < _ROOM:
        return {}
    return {"TMPDIR": str(_MEMORY)}


_NOT_FOR_TESTS = ("PORTAL_DATA", "PORTAL_DATABASE_URL", "PORTAL_FILES_URL", "PYTHONDONTWRITEBYTECODE")
"""Where data lie; and to keep nothing compiled: every process of the tests would compile the portal anew."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="manage.py", description="The after-sales portal.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(call: Callable[[Options], int | None], *, data: bool = True) -> argparse.ArgumentParser:
        said = (call.__doc__ or "").rstrip(".")
        one = commands.add_parser(call.__name__, help=said[:1].lower() + said[1:], description=call.__doc__)
        one.set_defaults(call=call)
        if data:
            one.add_argument("--data", metavar="DIR", help="folder of everything the portal writes (data/)")
        return one

    one = command(run)
    one.add_argument("--demo", action="store_true", help="with a demonstration company and a year of its papers")
    one.add_argument("--reset", action="store_true", help="start the demonstration afresh")
    one.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1: this machine only)")
    one.add_argument("--port", type=int, default=8501, help="port to listen on (8501)")
    one.add_argument("--name", action="append", help="host name it is called by; others are refused (repeatable)")
    one = command(test, data=False)
    one.add_argument("--postgres", action="store_true", help="run the tests on a PostgreSQL server made for them")
    one.add_argument("arguments", nargs=argparse.REMAINDER, help="passed on to pytest")
    one = command(seed)
    one.add_argument("--reset", action="store_true", help="throw the demonstration away first")
    one = command(migrate)
    one.add_argument("--new", metavar="TITLE", help="write a migration: what the models have and the database has not")
    one = command(user)
    one.add_argument("act", choices=("list", "reset", "unlock"))
    one.add_argument("login", nargs="?")
    one = command(backup)
    one.add_argument("file", nargs="?", help="archive to write (a dated one in the data folder's backups/)")
    one = command(restore)
    one.add_argument("file", help="archive to read")
    one.add_argument("--replace", action="store_true", help="even where the portal holds people already")
    one = command(verify)
    one.add_argument("--export", metavar="FILE", help="write the head of the audit chain, to be kept elsewhere")
    one.add_argument("--against", metavar="FILE", help="compare with a head that was kept elsewhere")
    one = command(routes)
    one.add_argument("act", choices=("check",))
    one.add_argument("kind", nargs="?", help="code of one kind of paper (all)")
    one = command(worker)
    one.add_argument("--every", type=int, default=30, metavar="SECONDS", help="how often it looks (30)")
    one = command(bench, data=False)
    one.add_argument("--data", metavar="DIR", help="folder where the data stay for the next time (a passing one)")
    one.add_argument("--sessions", type=int, nargs="+", default=[1, 10], metavar="N", help="how many at once (1 10)")
    one.add_argument("--runs", type=int, default=30, help="how often each session draws each page (30)")
    one.add_argument("--rows", type=int, default=0, help="papers to add to the demonstration's (0)")
    one.add_argument("--port", type=int, default=0, help="port of the server that is measured (any free one)")
    return parser


# --- the environment


def _in_own_environment(requirements: str) -> None:
    """Go on inside `.venv`, made and filled first where need be; return at once where that is where we are.

    PORTAL_PYTHON=as-is takes this Python as it is, for an image that brings everything along.
    """
    inside = Path(sys.prefix).resolve() == ENVIRONMENT.resolve()
    if inside or os.environ.get("PORTAL_PYTHON") == "as-is":
        return
    python = ENVIRONMENT / "bin" / "python"
    _make_environment(python)
    _install(python, requirements)
    os.execv(python, [str(python), *sys.argv])


def _make_environment(python: Path) -> None:
    version = ".".join(map(str, sys.version_info[:2]))
    made_with = ENVIRONMENT / "made-with"
    if python.exists() and made_with.is_file() and made_with.read_text() == version:
        return
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        sys.exit(
            "Python's venv is incomplete here: install it first (on Debian or Ubuntu: apt-get install python3-venv)."
        )
    print("Making the environment .venv", flush=True)
    if subprocess.call([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)]):
        sys.exit("The environment .venv could not be made; Python's reason stands above.")
    made_with.write_text(version)


def _install(python: Path, requirements: str) -> None:
    """Install what is pinned, unless just this was installed before."""
    files = (ROOT / requirements, ROOT / "requirements.txt", ROOT / "constraints.txt")
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    installed = ENVIRONMENT / f"installed-{requirements}"
    if installed.is_file() and installed.read_text() == wanted:
        return
    print(f"Installing {requirements}", flush=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.call([*pip, "-r", str(ROOT / requirements), "-c", str(ROOT / "constraints.txt")]):
        sys.exit("The dependencies could not be installed; pip's reason stands above.")
    installed.write_text(wanted)


# --- serving


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=2048)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else the last of a run's messages wait 40 ms
        return listening
    except OSError as error:
        sys.exit(f"Port {port} on {host} cannot be used ({error.strerror}): choose another by --port.")


def _serve(listening: socket.socket, names: list[str], ready: Callable[[], None]) -> int:
    import uvicorn
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from app import app

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                ready()

    config = uvicorn.Config(
        TrustedHostMiddleware(app, allowed_hosts=names or ["*"], www_redirect=False),
        ws="websockets-sansio",
        ws_per_message_deflate=False,  # costs more time than it saves on a company's network
        ws_max_size=4 * 2**20,  # a table of 500 lines, each as long as its fields take, is a third of it
        timeout_graceful_shutdown=2,
        log_level="warning",
        server_header=False,
    )
    server = Server(config)
    for name in ("uvicorn.error", "uvicorn.access"):  # by a filter, since Streamlit sets the levels anew
        logging.getLogger(name).addFilter(lambda record: record.levelno >= logging.WARNING)
    with suppress(KeyboardInterrupt):  # it has ended in order by then; uvicorn only passes the signal on
        server.run(sockets=[listening])
    return 0 if server.started else 1


def _welcome(address: str) -> None:
    from services.accounts.demonstration import is_demo
    from services.accounts.first import set_up_code
    from services.database import writing

    _say("console.ready", address=address)
    with writing() as session:
        code = set_up_code(session, _now())
        if code:
            _say("console.set_up", code=code)
        elif is_demo(session, _now()):
            _say("console.demonstration", address=f"{address}/accounts_demo")
            _list_people(session)
    sys.stdout.flush()


def _shown(host: str) -> str:
    """An address that a browser on this machine can follow."""
    if host in ("0.0.0.0", "::", ""):
        return "localhost"
    return f"[{host}]" if ":" in host else host


# --- the data


@contextmanager
def _data_in_use() -> Iterator[Callable[[], None]]:
    """Mark the data folder as in use; what is yielded demands to be the only one that uses it."""
    import fcntl

    from services.config import data_folder

    with (data_folder() / "in-use").open("w") as mark:

        def take(how: int) -> None:
            try:
                fcntl.flock(mark, how | fcntl.LOCK_NB)
            except BlockingIOError:
                _stop("console.in_use", folder=data_folder())

        take(fcntl.LOCK_SH)
        yield lambda: take(fcntl.LOCK_EX)


def _prepare(alone: Callable[[], None], *, demo: bool, reset: bool) -> None:
    """Bring the database up to date and fill it where a demonstration is wanted."""
    from services.schema import migrate

    migrate()
    if demo:
        from seed.prepare import prepare_demonstration

        def about_to_play() -> None:
            alone()
            _say("console.preparing")

        prepare_demonstration(_now(), reset=reset, alone=about_to_play)
    else:
        from seed.prepare import prepare_empty

        prepare_empty()


def _list_people(session: "Session") -> None:
    from services.rescue import everybody

    for one in everybody(session, _now()):
        roles = ", ".join(_text(f"role.{role}") for role in one.roles)
        marks = [] if one.active else [_text("console.disabled")]
        marks += [_text("console.locked")] if one.locked else []
        print("  ".join([f"  {one.login:<18}", one.name, one.department, roles, *marks]))


# --- what is said


def _say(key: str, **facts: object) -> None:
    print(_text(key, **facts), flush=True)


def _stop(key: str, **facts: object) -> NoReturn:
    sys.exit(_text(key, **facts))


def _text(key: str, **facts: object) -> str:
    """A text in the language of the terminal."""
    from services.texts import text

    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return text("zh" if spoken.startswith("zh") else "en", key, **facts)


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main())
