"""The door: the form, the ticket, the cookie, and a shell that asks the database at every run."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from models import Grant, Person, Role, SignIn
from services import accounts, settings
from services.accounts import passwords
from services.database import reading, writing
from services.errors import Refused
from services.texts import text
from tests import factories
from tests.browsing import browse, carry, cookie_for, go, sent_to, texts
from tests.factories import Cast
from ui.session import COOKIE
from ui.web import doors, guard

PASSWORD = "三峡的水 deep river"


def now() -> datetime:
    return datetime.now(UTC)


def zh(key: str, **facts: Any) -> str:
    return text("zh", key, **facts)


@pytest.fixture(autouse=True)
def _quick_bcrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "ROUNDS", 4)


@pytest.fixture
def engineer(cast: Cast) -> Person:
    """An engineer who has a password."""
    with writing() as session:
        person = session.get_one(Person, cast.engineer.id)
        person.password_hash = accounts.password_hash(PASSWORD)
    return person


@pytest.fixture
def server(database: str) -> Iterator[TestClient]:
    """Our routes alone, over TLS, with what goes round them; and one that fails."""

    def fails(_request: Request) -> Response:
        raise RuntimeError("the secret of the stack")

    routes = [
        *doors.routes,
        *guard.routes,
        Route("/fails", fails),
        Route("/component/x", lambda _request: PlainTextResponse("framed by us")),
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(guard.SecurityHeaders)],
        exception_handlers={Exception: guard.error_page},
    )
    with TestClient(app, "https://portal.test", raise_server_exceptions=False, follow_redirects=False) as client:
        client.headers["Referer"] = "https://portal.test/"  # as browsers do that come from a page of ours
        yield client


def ticket_for(person: Person, next_url: str = "/") -> str:
    with writing() as session:
        return accounts.issue_ticket(session, person, next_url, now())


def fill_in(app: AppTest, login: str, password: str) -> AppTest:
    app.text_input[0].set_value(login)
    app.text_input[1].set_value(password)
    return app.button(key="FormSubmitter:sign_in-登录").click().run()


def is_the_door(app: AppTest) -> bool:
    return [field.label for field in app.text_input] == [zh("sign_in.login"), zh("sign_in.password")]


# --- the ticket and the cookie


def test_the_ticket_becomes_a_cookie_that_no_script_and_no_other_site_can_use(
    engineer: Person, server: TestClient
) -> None:
    answer = server.get(doors.ENTER, params={"ticket": ticket_for(engineer, "/inbox?area=expenses")})
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox?area=expenses")
    cookie = answer.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=lax", "secure", "path=/"))
    with reading() as session:
        person = accounts.person_for_token(session, answer.cookies[COOKIE], now())
    assert person and person.login == "engineer"


def test_without_tls_the_cookie_is_not_marked_secure_or_it_would_be_lost(engineer: Person, server: TestClient) -> None:
    answer = server.get(f"http://portal.test{doors.ENTER}", params={"ticket": ticket_for(engineer)})
    assert "secure" not in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "/auth/leave"])
def test_no_redirect_leads_elsewhere(engineer: Person, server: TestClient, elsewhere: str) -> None:
    written = server.get(doors.ENTER, params={"ticket": ticket_for(engineer, elsewhere)})
    asked = server.get(doors.ENTER, params={"ticket": ticket_for(engineer), "next": elsewhere})
    refused = server.get(doors.ENTER, params={"ticket": "made up", "next": elsewhere})
    left = server.get(doors.LEAVE, params={"next": elsewhere})
    assert {answer.headers["location"] for answer in (written, asked, refused, left)} == {"/"}


def test_a_torn_or_made_up_ticket_gives_no_cookie(engineer: Person, server: TestClient) -> None:
    ticket = ticket_for(engineer)
    assert COOKIE in server.get(doors.ENTER, params={"ticket": ticket}).cookies
    for bad in (ticket, "made up", ""):
        assert "set-cookie" not in server.get(doors.ENTER, params={"ticket": bad}).headers


def test_a_link_on_another_site_signs_nobody_in_or_out(engineer: Person, server: TestClient) -> None:
    ticket, token = ticket_for(engineer), cookie_for(engineer)
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert "set-cookie" not in server.get(doors.ENTER, params={"ticket": ticket}, headers=foreign).headers
    server.get(doors.LEAVE, headers=foreign | {"Cookie": f"{COOKIE}={token}"})
    with reading() as session:
        assert accounts.person_for_token(session, token, now())


@pytest.mark.parametrize("page", [None, "", "http://evil.example/", "http://portal.test.evil.example/", "portal.test"])
def test_where_browsers_do_not_say_the_site_the_page_before_has_to_be_ours(
    engineer: Person, server: TestClient, page: str | None
) -> None:
    """Over plain http no browser sends Sec-Fetch-Site"""
    server.headers.pop("Referer")
    headers = {} if page is None else {"Referer": page}
    ticket, token = ticket_for(engineer), cookie_for(engineer)
    enter, leave = f"http://portal.test{doors.ENTER}", f"http://portal.test{doors.LEAVE}"
    assert "set-cookie" not in server.get(enter, params={"ticket": ticket}, headers=headers).headers
    server.get(leave, headers=headers | {"Cookie": f"{COOKIE}={token}"})
    with reading() as session:
        assert accounts.person_for_token(session, token, now())
    ours = {"Referer": "http://portal.test/home"}
    assert "set-cookie" in server.get(enter, params={"ticket": ticket}, headers=ours).headers


def test_entering_as_another_ends_the_sign_in_that_was_there(cast: Cast, engineer: Person, server: TestClient) -> None:
    before = cookie_for(engineer)
    server.get(doors.ENTER, params={"ticket": ticket_for(cast.clerk)}, headers={"Cookie": f"{COOKIE}={before}"})
    with reading() as session:
        assert accounts.person_for_token(session, before, now()) is None


def test_leaving_ends_the_sign_in_and_takes_the_cookie_away(engineer: Person, server: TestClient) -> None:
    token = cookie_for(engineer)
    answer = server.get(doors.LEAVE, headers={"Cookie": f"{COOKIE}={token}"})
    assert answer.headers["location"] == "/" and 'portal_session=""' in answer.headers["set-cookie"]
    with reading() as session:
        assert accounts.person_for_token(session, token, now()) is None


# --- round every answer


@pytest.mark.parametrize("path", ["/healthz", "/auth/leave", "/nothing/here", "/fails"])
def test_every_answer_says_that_it_is_not_to_be_framed_or_guessed_at(server: TestClient, path: str) -> None:
    headers = server.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "same-origin"


def test_components_are_framed_by_the_portal_itself_and_nobody_else(server: TestClient) -> None:
    headers = server.get("/component/x").headers
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]


def test_the_health_check_asks_the_database(server: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (server.get("/healthz").status_code, server.get("/healthz").json()) == (200, {"status": "ok"})
    monkeypatch.setenv("PORTAL_DATABASE_URL", "sqlite:////nowhere/at/all/portal.db")
    answer = server.get("/healthz")
    assert answer.status_code == 503 and "nowhere" not in answer.text


@pytest.mark.parametrize(("accepts", "language"), [("zh-CN,zh;q=0.9", "zh"), ("en-GB", "en")])
def test_a_failure_shows_a_number_and_no_stack(
    server: TestClient, accepts: str, language: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = server.get("/fails", headers={"Accept-Language": accepts})
    assert answer.status_code == 500
    assert text(language, "error.title") in answer.text
    assert "secret" not in answer.text and "Traceback" not in answer.text
    number = caplog.records[-1].getMessage().split()[-1]
    assert number in answer.text and "the secret of the stack" in caplog.text


def test_a_page_that_fails_shows_a_number_and_a_refusal_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    def page(error: Exception) -> None:
        import streamlit as st

        from ui.web.guard import on_script_error

        st.session_state["language"] = "zh"
        assert on_script_error(error)

    def shown(error: Exception) -> str:
        return AppTest.from_function(page, args=(error,)).run(timeout=30).error[0].value

    ours = shown(RuntimeError("the secret of the stack"))
    number = next(r for r in caplog.records if r.name == "portal").getMessage().split()[-1]
    assert ours == zh("error.ours", id=number)
    assert shown(Refused("account.is_disabled", name="王建军")) == "王建军的账号已停用。"
    assert shown(Refused("session.ended")) == zh("session.ended")


# --- the stranger


@pytest.mark.parametrize("address", ["home", "inbox", "mine", "travel_requests", "expense_claims", "people", "account"])
def test_a_stranger_sees_the_door_wherever_he_goes(cast: Cast, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    app = browse(monkeypatch, None, address, number="TR-202611-0001")
    assert is_the_door(app) and not app.exception
    assert len(app.sidebar) == 0
    assert not any(person in texts(app) for person in ("王建军", "售后一室", zh("menu.inbox")))


def test_a_made_up_cookie_is_a_stranger(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    app = browse(monkeypatch, None, "inbox")
    carry(monkeypatch, "made up")
    assert is_the_door(app.run())


def test_under_a_test_without_a_cookie_the_mocked_connection_is_nobody(cast: Cast) -> None:
    from services.config import ROOT

    app = AppTest.from_file(str(ROOT / "ui" / "shell.py"), default_timeout=30)
    app.session_state["language"] = "zh"
    assert is_the_door(app.run())


def test_the_demonstrations_accounts_are_not_there_outside_a_demonstration(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = browse(monkeypatch, None, "accounts_demo")
    assert is_the_door(app)
    assert zh("demo.accounts") not in texts(app)


# --- signing in


def test_the_form_leads_through_the_ticket_to_the_page_asked_for(
    engineer: Person, monkeypatch: pytest.MonkeyPatch, server: TestClient
) -> None:
    app = browse(monkeypatch, None, "travel_requests", number="TR-202611-0003")
    fill_in(app, "engineer", PASSWORD)
    address = sent_to(app)
    assert address and address.startswith(doors.ENTER)
    answer = server.get(address)
    assert answer.headers["location"] == "/travel_requests?number=TR-202611-0003"
    app = browse(monkeypatch, None)
    carry(monkeypatch, answer.cookies[COOKIE])
    assert "王建军" in texts(go(app, "account"))


def test_a_file_that_asked_for_a_sign_in_is_where_one_goes_after_it(
    engineer: Person, monkeypatch: pytest.MonkeyPatch, server: TestClient
) -> None:
    app = browse(monkeypatch, None, "home", next="/print/TR-202611-0003/request.pdf")
    address = sent_to(fill_in(app, "engineer", PASSWORD))
    assert server.get(address).headers["location"] == "/print/TR-202611-0003/request.pdf"


@pytest.mark.parametrize(("login", "password"), [("engineer", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_password_and_an_unknown_login_are_told_the_same(
    engineer: Person, monkeypatch: pytest.MonkeyPatch, login: str, password: str
) -> None:
    app = fill_in(browse(monkeypatch, None), login, password)
    assert [error.value for error in app.error] == [zh("sign_in.refused", attempts=5, minutes=15)]
    assert sent_to(app) is None and is_the_door(app)


def test_the_language_chosen_at_the_door_is_kept_with_the_person(
    engineer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = browse(monkeypatch, None)
    app.button(key="door.language").click().run()
    assert [field.label for field in app.text_input] == ["Login", "Password"]
    app.text_input[0].set_value("engineer")
    app.text_input[1].set_value(PASSWORD)
    app.button(key="FormSubmitter:sign_in-Sign in").click().run()
    assert sent_to(app)
    with reading() as session:
        assert session.get_one(Person, engineer.id).language == "en"


def test_an_initial_password_opens_the_form_for_a_new_one_and_nothing_else(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing() as session:
        initial = accounts.reset_password(session, cast.administrator, cast.engineer.id, now())
        person = session.get_one(Person, cast.engineer.id)
    app = browse(monkeypatch, person, "account")
    assert zh("password.due") in texts(app)
    assert zh("account.data") not in texts(app) and zh("menu.inbox") not in texts(app)
    for field, value in zip(app.text_input, (initial, PASSWORD, PASSWORD), strict=True):
        field.set_value(value)
    app.button(key=f"FormSubmitter:password-{zh('password.change')}").click().run()
    assert zh("account.data") in texts(app)


def test_a_new_password_that_is_not_admitted_is_said_beside_its_field(
    engineer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = browse(monkeypatch, engineer, "account")

    def send(old: str, new: str, again: str) -> str:
        asked = [one for one in app.text_input if one.proto.type == one.proto.PASSWORD]
        for field, value in zip(asked, (old, new, again), strict=True):
            field.set_value(value)
        return texts(app.button(key=f"FormSubmitter:password-{zh('password.change')}").click().run())

    assert zh("password.differ") in send(PASSWORD, "another river", "another rivr")
    assert zh("password.common") in send(PASSWORD, "woaini1314", "woaini1314")
    assert zh("password.old_wrong") in send("wrong", "another river", "another river")
    assert accounts.check_password("engineer", PASSWORD, now())


# --- the first administrator


def test_an_empty_portal_asks_for_the_code_of_its_console(
    database: str, monkeypatch: pytest.MonkeyPatch, server: TestClient
) -> None:
    with writing() as session:
        code = accounts.set_up_code(session, now())
    app = browse(monkeypatch, None, "inbox")

    def send(**changes: str | None) -> AppTest:
        typed = {
            "code": code,
            "company": "岚峰机电",
            "department": "综合办公室",
            "name": "杨帆",
            "login": "yangfan",
            "password": PASSWORD,
        }
        for name, value in (typed | changes).items():
            app.text_input(key=f"setup.{name}").set_value(value)
        return app.button(key=f"FormSubmitter:set_up-{zh('setup.send')}").click().run()

    assert zh("setup.wrong_code") in texts(send(code="AAAA-AAAA-AAAA-AAAA"))
    said = texts(send(password="12345678", login="Yang"))
    assert zh("password.common") in said and zh("account.login_pattern") in said
    address = sent_to(send())
    assert address and server.get(address).cookies[COOKIE]
    assert is_the_door(browse(monkeypatch, None, "inbox")), "the set-up form is gone for good"


# --- while signed in


def test_the_menu_is_that_of_the_persons_roles(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    foot = texts(browse(monkeypatch, cast.engineer, "account"))
    assert zh("role.engineer") in foot and zh("sign_out") in foot and "王建军" in foot


def test_signed_out_is_out_for_every_tab_and_for_a_stolen_cookie(
    engineer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = browse(monkeypatch, engineer, "account")
    token = cookie_for(engineer)
    carry(monkeypatch, token)
    other = AppTest.from_file(app._script_path, default_timeout=30)
    other.session_state["language"] = "zh"
    assert "王建军" in texts(go(other, "account"))
    app.run()
    app.button(key="shell.sign_out").click().run()
    assert sent_to(app) == doors.LEAVE
    assert is_the_door(other.run())
    assert is_the_door(go(other, "inbox"))
    stolen = AppTest.from_file(app._script_path, default_timeout=30)
    stolen.session_state["language"] = "zh"
    assert is_the_door(go(stolen, "account"))


def test_whoever_takes_over_a_session_with_a_cookie_of_his_own_finds_it_empty_and_shut(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = browse(monkeypatch, cast.engineer, "account")
    app.session_state["left_behind"] = "what the engineer typed"
    carry(monkeypatch, cookie_for(cast.stranger))
    app.run()
    assert is_the_door(app) and "left_behind" not in app.session_state
    assert is_the_door(app.run()), "it stays shut"


@pytest.mark.parametrize("how", ["disabled", "role taken back", "password reset", "idle", "too long"])
def test_the_next_interaction_finds_the_door_shut(cast: Cast, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    app = browse(monkeypatch, cast.engineer, "account")
    with writing() as session:
        if how == "disabled":
            accounts.disable_person(session, cast.administrator, cast.engineer.id, now())
        elif how == "role taken back":
            held = session.exec(select(Grant).where(Grant.person_id == cast.engineer.id)).one()
            accounts.end_grant(session, cast.administrator, held.id, now())
        elif how == "password reset":
            accounts.reset_password(session, cast.administrator, cast.engineer.id, now())
        elif how == "idle":
            session.execute(sa.update(SignIn).values(seen_at=now() - timedelta(minutes=31)))
        else:
            session.execute(sa.update(SignIn).values(expires_at=now()))
    assert is_the_door(app.run())


@pytest.mark.parametrize("how", ["idle", "signed out", "disabled"])
def test_whoever_was_away_too_long_is_told_so(cast: Cast, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    token = cookie_for(cast.engineer)
    with writing() as session:
        if how == "idle":
            session.execute(sa.update(SignIn).values(seen_at=now() - timedelta(minutes=31)))
        elif how == "signed out":
            accounts.end_sign_in(session, token, now())
        else:
            accounts.disable_person(session, cast.administrator, cast.engineer.id, now())
    app = browse(monkeypatch, None, "inbox")
    assert is_the_door(app) and text("zh", "sign_in.timed_out") not in texts(app)
    carry(monkeypatch, token)
    app = go(app, "inbox")
    assert is_the_door(app) and (text("zh", "sign_in.timed_out") in texts(app)) == (how == "idle")


def test_a_callback_replayed_after_signing_out_does_nothing(engineer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client may send an old button once more: its callback runs before the shell does."""
    app = browse(monkeypatch, engineer, "account")
    old_button = app.button(key="shell.language")
    with writing() as session:
        session.execute(sa.update(SignIn).values(ended_at=now()))
    old_button.click().run()
    assert is_the_door(app) or "Login" in texts(app)
    with reading() as session:
        assert session.get_one(Person, engineer.id).language is None


def test_a_call_without_the_shell_asks_the_database_too(engineer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """As callbacks and fragments do: `signed_in` refuses once the row has ended, and for an initial password."""

    def page() -> None:
        import streamlit as st

        from services.errors import Refused
        from ui.session import signed_in

        try:
            st.write(signed_in().name)
        except Refused as refused:
            st.write(refused.key)

    carry(monkeypatch, cookie_for(engineer))
    app = AppTest.from_function(page)
    assert app.run(timeout=30).markdown[0].value == "王建军"
    with writing() as session:
        session.get_one(Person, engineer.id).must_change_password = True
    assert app.run().markdown[0].value == "session.password_due"
    with writing() as session:
        session.execute(sa.update(SignIn).values(ended_at=now()))
    assert app.run().markdown[0].value == "session.ended"


def test_a_rerun_does_not_write_and_a_minute_later_one_does(engineer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def seen() -> datetime:
        with reading() as session:
            return session.exec(select(SignIn.seen_at)).one()

    app = browse(monkeypatch, engineer, "account")
    first = seen()
    app.run()
    assert seen() == first
    with writing() as session:
        session.execute(sa.update(SignIn).values(seen_at=first - timedelta(minutes=2)))
    app.run()
    assert seen() > first


def test_the_language_is_switched_and_remembered(engineer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    app = browse(monkeypatch, engineer, "account")
    app.button(key="shell.language").click().run()
    assert "My data" in texts(app)
    with reading() as session:
        assert session.get_one(Person, engineer.id).language == "en"


# --- the demonstration


@pytest.fixture
def demo(cast: Cast) -> Cast:
    with writing() as session:
        settings.put(session, "demo.enabled", True, now=now() - timedelta(days=1))
    return cast


def test_a_demonstration_shows_its_banner_and_its_accounts(demo: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    assert zh("demo.badge") in texts(browse(monkeypatch, demo.engineer, "account"))
    app = browse(monkeypatch, None, "accounts_demo")
    said = texts(app)
    assert "王建军" in said and "售后一室" in said and zh("role.finance_vp") in said


def test_one_click_enters_as_somebody_of_the_demonstration(
    demo: Cast, monkeypatch: pytest.MonkeyPatch, server: TestClient
) -> None:
    app = browse(monkeypatch, None, "accounts_demo", next="/inbox")
    address = sent_to(app.button(key=f"demo.{demo.cashier.id}").click().run())
    answer = server.get(address)
    assert answer.headers["location"] == "/inbox"
    with reading() as session:
        person = accounts.person_for_token(session, answer.cookies[COOKIE], now())
    assert person and person.login == "cashier"


def test_a_click_kept_from_the_demonstration_enters_no_real_portal(demo: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    app = browse(monkeypatch, None, "accounts_demo")
    with writing() as session:
        settings.put(session, "demo.enabled", False, now=now())
    app.button(key=f"demo.{demo.general_manager.id}").click().run()
    assert sent_to(app) is None and is_the_door(app)


def test_an_administrator_finds_people_and_an_engineer_does_not(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "stranger" in texts(browse(monkeypatch, cast.administrator, "people", person=str(cast.stranger.id)))
    refused = browse(monkeypatch, cast.engineer, "people", person=str(cast.stranger.id))
    assert [warning.value for warning in refused.warning] == [zh("account.administrators_only")]


def test_a_role_granted_is_seen_at_the_next_interaction(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    app = browse(monkeypatch, cast.engineer, "account")
    with writing() as session:
        factories.grant(session, cast.engineer, Role.DISPATCHER)
    assert zh("role.dispatcher") in texts(app.run())
