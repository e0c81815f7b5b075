"""Against a real server, by hand: stolen cookies, sessions taken over, messages kept and sent again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from models import Person, SignIn
from services.accounts import issue_ticket
from services.database import engine_for, reading, writing
from services.texts import text
from tests.attack.wire import DOOR, NAMES, Wire, button, is_the_door, said, served
from tests.browsing import cookie_for
from tests.conftest import MakeDatabase
from tests.factories import Cast, standing_company
from ui.session import COOKIE
from ui.web.doors import ENTER, LEAVE


@pytest.fixture(scope="module")
def shared(_new_database: MakeDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Cast, str]]:
    """One company and one server for all tests of this file: database, people, address."""
    folder = tmp_path_factory.mktemp("thieves")
    url = _new_database(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PORTAL_DATA", str(folder))
        patch.setenv("PORTAL_DATABASE_URL", url)
        with writing() as session:
            cast = standing_company(session)
        with served("uvicorn", folder / "server.log") as address:
            yield url, cast, address
    engine_for(url).dispose()


@pytest.fixture
def company(shared: tuple[str, Cast, str], monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setenv("PORTAL_DATABASE_URL", shared[0])
    return shared[1]


@pytest.fixture
def address(shared: tuple[str, Cast, str], company: Cast) -> str:
    return shared[2]


def test_inside_it_is_the_page_that_was_asked_for(address: str, company: Cast) -> None:
    """So that the tests above prove something: with a cookie the same words do appear."""
    with Wire(address, cookie_for(company.engineer)) as wire:
        page = said(wire.run("account"))
    assert all(word in page for word in ("王建军", "售后一室", text("zh", "menu.inbox"), text("zh", "account.data")))


def test_a_stolen_cookie_is_worth_nothing_after_signing_out(address: str, company: Cast) -> None:
    token = cookie_for(company.engineer)
    _leave(address, token)
    with Wire(address, token) as wire:
        assert is_the_door(said(wire.run("account")))
    answer = httpx.get(f"http://{address}/files/1", headers={"Cookie": f"{COOKIE}={token}"})
    assert answer.status_code == 303 and answer.headers["location"].startswith("/?next=")


def test_an_old_callback_sent_once_more_after_signing_out_changes_nothing(address: str, company: Cast) -> None:
    """The connection stays open, the message is kept; the callback would run before the script does."""
    token = cookie_for(company.engineer)
    with Wire(address, token) as wire:
        press = button(wire.run("account"), "shell.language")
        _leave(address, token)
        for _ in range(2):
            again = said(wire.run("account", widgets=[press]))
            assert not any(word in again for word in NAMES)
    with reading() as session:
        assert session.get_one(Person, company.engineer.id).language is None


def test_the_same_callback_does_work_while_signed_in(address: str, company: Cast) -> None:
    with Wire(address, cookie_for(company.engineer2)) as wire:
        press = button(wire.run("account"), "shell.language")
        assert text("en", "account.data") in said(wire.run("account", widgets=[press]))
    with reading() as session:
        assert session.get_one(Person, company.engineer2.id).language == "en"


@pytest.mark.parametrize("thief", ["stranger", None])
def test_whoever_learns_a_session_id_finds_the_session_shut(address: str, company: Cast, thief: str | None) -> None:
    """Streamlit hands a session to whoever names its id; the cookie of the new connection decides."""
    with Wire(address, cookie_for(company.engineer)) as wire:
        assert "王建军" in said(wire.run("account"))
        taken = wire.session_id
    assert taken
    with Wire(address, cookie_for(getattr(company, thief)) if thief else None, session_id=taken) as wire:
        page = said(wire.run("account"))
        assert wire.session_id == taken, "else nothing was taken over and nothing is proved"
        # Streamlit itself repeats the names of the menu once, to whoever connects; nothing that the pages show
        assert DOOR in page and not any(word in page for word in [*NAMES, text("zh", "account.data")])
        assert is_the_door(said(wire.run("account")))


def test_no_redirect_of_the_door_leads_elsewhere(address: str, company: Cast) -> None:
    here = {"Referer": f"http://{address}/"}
    for elsewhere in ("https://evil.example/", "//evil.example/", "/\\evil.example/", "/%09/evil.example"):
        with writing() as session:
            ticket = issue_ticket(session, company.engineer, elsewhere, datetime.now(UTC))
        answer = httpx.get(f"http://{address}{ENTER}", params={"ticket": ticket, "next": elsewhere}, headers=here)
        assert answer.status_code == 303
        assert "set-cookie" in answer.headers
        assert httpx.URL(f"http://{address}/").join(answer.headers["location"]).host == "127.0.0.1"


def test_every_kind_of_answer_carries_the_headers(address: str) -> None:
    for path in (
        "/",
        "/inbox",
        "/healthz",
        "/static/nothing.js",
        "/_stcore/health",
        "/files/1",
        "/media/x",
        "/auth/enter",
    ):
        headers = httpx.get(f"http://{address}{path}").headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["x-frame-options"] == "DENY", path
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path


def test_no_other_site_speaks_to_the_page(address: str) -> None:
    """Streamlit lets pages of its own hosts run and stop scripts, where they frame the portal"""
    assert httpx.get(f"http://{address}/_stcore/host-config").json()["allowedOrigins"] == []


def test_a_stranger_puts_nothing_into_the_memory_of_the_server(address: str, company: Cast) -> None:
    """Streamlit takes files from whoever names a session, and tells everybody its figures"""

    def put(cookie: str) -> int:
        headers = {"Cookie": f"{COOKIE}={cookie}"}
        files = {"file": ("a.pdf", b"%PDF")}
        return httpx.put(f"http://{address}/_stcore/upload_file/x/y", files=files, headers=headers).status_code

    assert put("") == put("made up") == 401
    assert put(cookie_for(company.engineer)) != 401
    for path in ("/_stcore/metrics", "/st-metrics"):
        assert httpx.get(f"http://{address}{path}").status_code == 404


def test_a_page_left_open_keeps_nobody_signed_in(address: str, company: Cast) -> None:
    """The bell asks by itself every few seconds; only what somebody does counts against the idle limit."""
    token, away = cookie_for(company.engineer), datetime.now(UTC) - timedelta(minutes=29)

    def seen() -> datetime:
        with reading() as session:
            return session.exec(select(SignIn.seen_at).order_by(col(SignIn.id).desc())).first()  # type: ignore[return-value]

    with Wire(address, token) as wire:
        page = wire.run("account")
        with writing() as session:
            session.execute(sa.update(SignIn).where(col(SignIn.person_id) == company.engineer.id).values(seen_at=away))
        assert any(one.HasField("delta") for one in wire.run_by_itself(page)), "the bell was drawn again"
        assert seen() == away
        wire.run("account")
        assert seen() > away


def _leave(address: str, token: str) -> None:
    here = {"Cookie": f"{COOKIE}={token}", "Referer": f"http://{address}/"}
    httpx.get(f"http://{address}{LEAVE}", headers=here)
