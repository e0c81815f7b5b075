"""The one command, called as an operator calls it: plain sentences, right exit codes, nothing lost by accident."""

import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from models import Department, Notice, Person, Role, State
from services import audit
from services.config import ROOT
from services.database import engine, reading, writing
from services.documents import KINDS
from services.people import holders
from services.routes import as_data, digest
from tests.factories import NOW, Cast, grant, route_version, task, travel_request

Manage = Callable[..., subprocess.CompletedProcess[str]]
ENGLISH = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PORTAL_PYTHON": "as-is"}


@pytest.fixture
def manage(database: str) -> Manage:
    """Calls manage.py on the test's own data."""

    def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env=os.environ | ENGLISH | environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return call


def test_a_taken_port_is_said_in_one_sentence(manage: Manage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = manage("run", "--port", str(port))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"Port {port}" in done.stderr and "--port" in done.stderr


@pytest.mark.parametrize("options", [("run", "--demo"), ("seed", "--reset")], ids=" ".join)
def test_no_demonstration_is_made_over_a_real_portal(manage: Manage, cast: Cast, options: tuple[str, ...]) -> None:
    port = ("--port", str(_free_port())) if options[0] == "run" else ()
    everybody = _people()
    done = manage(*options, *port)
    assert done.returncode == 1
    assert "real portal" in done.stderr
    assert _people() == everybody


def test_whole_records_end_with_0_and_altered_ones_with_1(manage: Manage, cast: Cast) -> None:
    with writing() as session:
        audit.record(session, now=NOW, action="test")
    assert manage("verify").returncode == 0
    with writing() as session:
        session.execute(sa.text("UPDATE chainhead SET sequence = 7"))
    done = manage("verify")
    assert done.returncode == 1
    assert "its head says 7" in done.stdout


def test_a_head_kept_elsewhere_is_compared(manage: Manage, cast: Cast, tmp_path: Path) -> None:
    with writing() as session:
        audit.record(session, now=NOW, action="test")
    manage("verify", "--export", str(tmp_path / "head.json"))
    assert manage("verify", "--against", str(tmp_path / "head.json")).returncode == 0
    kept = json.loads((tmp_path / "head.json").read_text())
    (tmp_path / "other.json").write_text(json.dumps(kept | {"hash": "f" * 64}))
    assert manage("verify", "--against", str(tmp_path / "other.json")).returncode == 1


def test_nothing_is_restored_while_a_portal_uses_the_data(manage: Manage, cast: Cast, tmp_path: Path) -> None:
    manage("backup", str(tmp_path / "archive.tar.gz"))
    with (tmp_path / "in-use").open("w") as mark:
        fcntl.flock(mark, fcntl.LOCK_SH)
        done = manage("restore", str(tmp_path / "archive.tar.gz"), "--replace")
    assert done.returncode == 1
    assert "in use" in done.stderr


def test_a_backup_is_restored(manage: Manage, cast: Cast, tmp_path: Path) -> None:
    manage("backup", str(tmp_path / "archive.tar.gz"))
    with writing() as session:
        session.get_one(Person, cast.clerk.id).name = "changed afterwards"
    engine().dispose()
    done = manage("restore", str(tmp_path / "archive.tar.gz"), "--replace")
    assert done.returncode == 0, done.stderr
    engine().dispose()
    with reading() as session:
        assert session.get_one(Person, cast.clerk.id).name == cast.clerk.name


def test_there_is_nothing_to_check_where_no_portal_is(manage: Manage, tmp_path: Path) -> None:
    done = manage("verify", "--data", str(tmp_path / "elsewhere"), PORTAL_DATABASE_URL="")
    assert done.returncode == 1
    assert "no portal" in done.stderr


def test_the_console_lets_in_who_lost_his_password(manage: Manage, cast: Cast) -> None:
    done = manage("user", "reset", "clerk")
    assert done.returncode == 0
    with reading() as session:
        assert session.get_one(Person, cast.clerk.id).must_change_password
    assert manage("user", "reset", "nobody").returncode == 1


def test_the_console_speaks_chinese_to_a_chinese_terminal(manage: Manage, cast: Cast) -> None:
    done = manage("user", "unlock", "nobody", LC_ALL="zh_CN.UTF-8")
    assert done.stderr.strip() == "没有登录名为 nobody 的人员。"


def test_an_empty_portal_prints_a_set_up_code_and_ends_cleanly(database: str, tmp_path: Path) -> None:
    port = _free_port()
    said = tmp_path / "said"
    with said.open("w") as output:
        served = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "run", "--port", str(port), "--name", "localhost"],
            env=os.environ | ENGLISH,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        assert _becomes_true(lambda: "set-up code" in said.read_text())
        assert urllib.request.urlopen(f"http://localhost:{port}/healthz").status == 200
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz")
    finally:
        served.send_signal(signal.SIGINT)
        code = served.wait(20)
    assert code == 0
    assert re.search(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}$", said.read_text().strip())


def test_the_worker_reminds_until_it_is_told_to_stop(database: str, cast: Cast, tmp_path: Path) -> None:
    """Issue 3 point 3. One line to begin with, one for each round that did something."""
    _long_late(cast)
    said = tmp_path / "said"
    with said.open("w") as output:
        worker = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "worker", "--every", "1"],
            env=os.environ | ENGLISH,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore Ctrl-C
        )
    try:
        assert _becomes_true(lambda: "1 told late, 1 escalated" in said.read_text())
        time.sleep(2.5)  # two rounds more, with nothing to do
    finally:
        worker.send_signal(signal.SIGINT)
        code = worker.wait(60)
    told = [line for line in said.read_text().splitlines() if "official holidays" not in line]
    assert (code, len(told)) == (0, 2), told
    with reading() as session:
        assert sorted(session.exec(select(Notice.key))) == ["escalated", "late", "late"]


def test_a_worker_without_a_portal_says_so(manage: Manage, tmp_path: Path) -> None:
    done = manage("worker", "--data", str(tmp_path / "elsewhere"), PORTAL_DATABASE_URL="")
    assert done.returncode == 1
    assert "no portal" in done.stderr


def test_serving_reminds_as_well(database: str, cast: Cast, tmp_path: Path) -> None:
    """`manage.py run` on a single machine needs no worker beside it, and ends with its server."""
    _long_late(cast)
    served = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "run", "--port", str(_free_port())],
        env=os.environ | ENGLISH,
        stdout=subprocess.DEVNULL,
    )

    def reminded() -> bool:
        with reading() as session:
            return session.exec(select(Notice.key).where(Notice.key == "escalated")).first() is not None

    try:
        assert _becomes_true(reminded)
    finally:
        served.send_signal(signal.SIGINT)
        code = served.wait(20)
    assert code == 0


def _long_late(cast: Cast) -> None:
    """A paper that has lain with the department head for months."""
    long_ago = datetime(2026, 1, 5, tzinfo=UTC)
    with writing() as session:
        trip = travel_request(session, cast.engineer, number="TR-202601-0001", state=State.RUNNING)
        where = {"department_id": cast.service.id, "due_at": long_ago, "warn_at": long_ago}
        task(session, trip, "department_head", Role.DEPARTMENT_HEAD, **where)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _becomes_true(question: Callable[[], bool], seconds: float = 60) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if question():
            return True
        time.sleep(0.2)
    return False


def test_routes_are_proved_sound_and_what_is_wrong_is_said_in_words(manage: Manage, cast: Cast) -> None:
    with writing() as session:
        _staff(session, cast)
    done = manage("routes", "check")
    assert (done.returncode, done.stdout) == (0, "All routes are sound.\n")
    head, office, travel = KINDS["TR"].route
    with writing() as session:
        steps = as_data((office, head, travel))
        route_version(session, "TR", 7, steps=steps, digest=digest(steps), shipped=False, valid_from=NOW)
    done = manage("routes", "check", "TR")
    assert done.returncode == 1
    assert "TR (version 7, waiting for approval)" in done.stdout and "1 problem" in done.stdout
    assert manage("routes", "check", "EC").returncode == 0
    assert "no kind of paper called XX" in manage("routes", "check", "XX").stderr


def test_a_vacancy_names_the_departments(manage: Manage, cast: Cast) -> None:
    done = manage("routes", "check", "TR")
    assert done.returncode == 1
    assert f"{cast.office.name} / {cast.management.name}" in done.stdout


def _people() -> list[str]:
    with reading() as session:
        return list(session.exec(select(Person.login)))


def _staff(session: Session, cast: Cast) -> None:
    """Every department gets whoever is missing for its people's papers, each role another person's."""
    people = {
        Role.CLERK: cast.clerk,
        Role.DEPARTMENT_HEAD: cast.department_head,
        Role.VICE_PRESIDENT: cast.vice_president,
    }
    for department in session.exec(select(Department)).all():
        for role, person in people.items():
            if not holders(session, role, department.id):
                grant(session, person, role, department)
