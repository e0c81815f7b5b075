"""Passwords, sign-ins, the first administrator, people and their roles."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlmodel import Session, col, select

from models import Event, Grant, Person, Role, Setting, SignIn, Ticket
from services import accounts, audit, settings
from services.accounts import passwords
from services.database import reading, writing
from services.errors import Invalid, Refused
from services.notices import latest
from tests import factories, story
from tests.factories import NOW, Cast

PASSWORD = "三峡的水 deep river"


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
def token(engineer: Person) -> str:
    """The cookie of a browser on which the engineer is signed in since NOW."""
    return enter(engineer)


def enter(person: Person, now: datetime = NOW) -> str:
    with writing() as session:
        entered = accounts.redeem_ticket(session, accounts.issue_ticket(session, person, "/", now), now)
    assert entered
    return entered.token


def whose(token: str, now: datetime = NOW) -> str | None:
    with reading() as session:
        person = accounts.person_for_token(session, token, now)
    return person.login if person else None


def person(login: str) -> Person:
    with reading() as session:
        return session.exec(select(Person).where(Person.login == login)).one()


def actions(subject: str) -> list[str]:
    with reading() as session:
        return list(session.exec(select(Event.action).where(Event.subject == subject).order_by(col(Event.id))))


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.key


def faults(act: Callable[[], object]) -> dict[str, str]:
    with pytest.raises(Invalid) as invalid:
        act()
    return {fault.field: fault.key for fault in invalid.value.faults}


# --- passwords


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("seven77", "password.too_short"),
        ("字字", "password.too_short"),
        ("x" * 73, "password.too_long"),
        ("字" * 25, "password.too_long"),
        ("woaini1314", "password.common"),
        ("WoAiNi1314", "password.common"),
        ("a123456789", "password.common"),
        ("ａ１２３４５６７８９", "password.common"),
        ("zzzzzzzzzz", "password.common"),
        ("wangjianjun", "password.is_login"),
        ("line\nbreak", "password.control_character"),
    ],
)
def test_a_password_is_refused_for_its_length_for_being_common_or_for_being_the_login(wanted: str, said: str) -> None:
    assert [fault.key for fault in passwords.password_faults(wanted, "wangjianjun", "password")] == [said]


@pytest.mark.parametrize("wanted", ["eight888", "春夏秋冬" * 6, "x y z x y z", "only small letters", "x" * 71 + "y"])
def test_a_password_needs_no_capitals_digits_or_signs(wanted: str) -> None:
    assert not list(passwords.password_faults(wanted, "wangjianjun", "password"))


def test_a_password_matches_itself_alone() -> None:
    stored = accounts.password_hash(PASSWORD)
    assert accounts.matches(PASSWORD, stored)
    assert not accounts.matches(PASSWORD + " ", stored)
    assert not accounts.matches(PASSWORD.upper(), stored)


def test_a_password_too_long_for_bcrypt_is_wrong_even_where_its_beginning_is_right() -> None:
    assert not accounts.matches("x" * 73, accounts.password_hash("x" * 72))


def test_an_input_method_that_sends_full_width_digits_sends_the_same_password() -> None:
    assert accounts.matches("ｒｉｖｅｒ２０２６", accounts.password_hash("river2026"))


# --- at the door


def test_the_right_password_opens(engineer: Person) -> None:
    found = accounts.check_password(" Engineer ", PASSWORD, NOW)
    assert found and found.id == engineer.id


@pytest.mark.parametrize("given", ["wrong password", "", PASSWORD + "x", "x" * 5000, "\0", "\ud800"])
def test_a_wrong_password_opens_nothing(engineer: Person, given: str) -> None:
    assert accounts.check_password("engineer", given, NOW) is None


@pytest.mark.parametrize("login", ["nobody", "", "engineer' or 1=1 --", "\0", "x" * 10_000])
def test_an_unknown_login_gets_the_same_answer_after_the_same_work(
    engineer: Person, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = []
    check = passwords.bcrypt.checkpw
    monkeypatch.setattr(passwords.bcrypt, "checkpw", lambda *given: checked.append(given) or check(*given))
    assert accounts.check_password(login, PASSWORD, NOW) is None
    assert len(checked) == 1


def test_a_disabled_person_gets_the_same_answer_as_a_wrong_password(cast: Cast, engineer: Person) -> None:
    with writing() as session:
        accounts.disable_person(session, cast.administrator, cast.engineer.id, NOW)
    assert accounts.check_password("engineer", PASSWORD, NOW) is None


def test_somebody_without_a_password_cannot_enter_by_an_empty_one(cast: Cast) -> None:
    assert accounts.check_password("stranger", "", NOW) is None


def test_five_wrong_passwords_lock_the_login_for_a_quarter_of_an_hour(engineer: Person) -> None:
    for _ in range(5):
        assert accounts.check_password("engineer", "wrong password", NOW) is None
    assert accounts.check_password("engineer", PASSWORD, NOW + timedelta(minutes=14)) is None
    assert accounts.check_password("engineer", PASSWORD, NOW + timedelta(minutes=16))
    assert actions("engineer") == ["account.locked"]


def test_the_right_password_forgives_the_wrong_ones_before_it(engineer: Person) -> None:
    for _ in range(3):
        for _ in range(4):
            accounts.check_password("engineer", "wrong password", NOW)
        assert accounts.check_password("engineer", PASSWORD, NOW)
    assert person("engineer").failed_attempts == 0


def test_how_often_and_how_long_are_settings_in_the_database(engineer: Person) -> None:
    with writing() as session:
        settings.put(session, "signin.max_attempts", 2, now=NOW)
        settings.put(session, "signin.lock_minutes", 60, now=NOW)
    for _ in range(2):
        accounts.check_password("engineer", "wrong password", NOW)
    assert accounts.check_password("engineer", PASSWORD, NOW + timedelta(minutes=59)) is None
    assert accounts.check_password("engineer", PASSWORD, NOW + timedelta(minutes=61))


def test_attempts_that_never_came_to_an_end_count_and_do_not_lock_for_ever(engineer: Person) -> None:
    with writing() as session:
        session.get_one(Person, engineer.id).failed_attempts = 5
    assert accounts.check_password("engineer", PASSWORD, NOW) is None
    assert accounts.check_password("engineer", PASSWORD, NOW + timedelta(minutes=16))


# --- from the ticket to the cookie


def test_a_ticket_becomes_a_sign_in_once(engineer: Person) -> None:
    with writing() as session:
        ticket = accounts.issue_ticket(session, engineer, "/travel_requests?number=TR-202611-0003", NOW)
    with writing() as session:
        entered = accounts.redeem_ticket(session, ticket, NOW)
    with writing() as session:
        again = accounts.redeem_ticket(session, ticket, NOW)
    assert entered and again is None
    assert entered.next_url == "/travel_requests?number=TR-202611-0003"
    assert whose(entered.token) == "engineer"


def test_a_ticket_is_good_for_a_minute(engineer: Person) -> None:
    with writing() as session:
        ticket = accounts.issue_ticket(session, engineer, "/", NOW)
        assert accounts.redeem_ticket(session, ticket, NOW + timedelta(seconds=61)) is None


def test_a_made_up_ticket_opens_nothing(database: str) -> None:
    with writing() as session:
        assert accounts.redeem_ticket(session, "made up", NOW) is None


def test_a_ticket_of_somebody_disabled_meanwhile_opens_nothing(cast: Cast, engineer: Person) -> None:
    with writing() as session:
        ticket = accounts.issue_ticket(session, engineer, "/", NOW)
        accounts.disable_person(session, cast.administrator, engineer.id, NOW)
        assert accounts.redeem_ticket(session, ticket, NOW) is None


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "travel_requests",
        "",
        "/auth/leave",
        "/x y",
        "/%61uth/leave",
        "/%61uth/enter?ticket=x",
        "/./auth/leave",
        "/inbox/../auth/leave",
        "/files/../auth/leave",
        "/files/%2e%2e/auth/leave",
        "/_stcore/metrics",
        "/inbox/",
        "/" + "x" * 600,
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(elsewhere: str) -> None:
    assert accounts.local_path(elsewhere) == "/"


@pytest.mark.parametrize(
    "page",
    [
        "/",
        "/claims?number=EC-202611-0051&q=%E8%A5%BF",
        "/files/17/inline",
        "/print/EC-202611-0051/claim.pdf?lang=en",
        "/export/mine.xlsx?state=done",
    ],
)
def test_a_page_of_the_portal_is_where_one_is_sent(page: str) -> None:
    assert accounts.local_path(page) == page


def test_a_stranger_cannot_stall_the_portal_with_a_password_of_megabytes(engineer: Person) -> None:
    """Bringing accents into order takes time by the square of how many there are"""
    began = time.process_time()
    assert accounts.check_password("engineer", "\u0315\u0300" * 500_000, NOW) is None
    assert accounts.check_password("nobody", "\u0315\u0300" * 500_000, NOW) is None
    assert time.process_time() - began < 2


def test_a_password_too_long_is_said_to_be_so_and_is_nobodys() -> None:
    (fault,) = passwords.password_faults("a1" * 5_000, "engineer", "password")
    assert fault.key == "password.too_long"
    stored = passwords.password_hash("x" * 72)
    assert not passwords.matches("y" * 300, stored)


def test_neither_cookie_nor_ticket_can_be_read_in_the_database(engineer: Person, token: str) -> None:
    with reading() as session:
        stored = [*session.exec(select(SignIn.token_hash)), *session.exec(select(Ticket.token_hash))]
    assert token not in stored and all(len(value) == 64 for value in stored)


# --- while signed in


def test_idle_for_half_an_hour_is_signed_out(token: str) -> None:
    assert whose(token, NOW + timedelta(minutes=29)) == "engineer"
    assert whose(token, NOW + timedelta(minutes=30)) is None


def test_whoever_is_at_work_stays_but_not_over_ten_hours(token: str) -> None:
    at = NOW
    while at < NOW + timedelta(hours=10):
        with writing() as session:
            found = accounts.live_sign_in(session, token, at)
            assert found
            accounts.mark_seen(session, found[0], at)
        at += timedelta(minutes=20)
    assert whose(token, at) is None


def test_idle_and_absolute_limits_are_settings(engineer: Person) -> None:
    with writing() as session:
        settings.put(session, "session.idle_minutes", 5, now=NOW)
        settings.put(session, "session.absolute_hours", 1, now=NOW)
    token = enter(engineer)
    assert whose(token, NOW + timedelta(minutes=6)) is None
    with writing() as session:
        settings.put(session, "session.idle_minutes", 600, now=NOW)
    assert whose(token, NOW + timedelta(minutes=59)) == "engineer"
    assert whose(token, NOW + timedelta(minutes=60)) is None


def test_signed_out_is_signed_out_on_this_browser_alone(engineer: Person, token: str) -> None:
    other = enter(engineer)
    with writing() as session:
        accounts.end_sign_in(session, token, NOW)
    assert whose(token) is None
    assert whose(other) == "engineer"


def test_a_made_up_cookie_is_nobody(token: str) -> None:
    assert whose("made up") is None and whose("") is None and whose(token[:-1]) is None


def test_another_password_signs_every_other_browser_out(engineer: Person, token: str) -> None:
    other = enter(engineer)
    accounts.change_password(engineer, PASSWORD, "another deep river", token=token, now=NOW)
    assert whose(token) == "engineer"
    assert whose(other) is None
    assert accounts.check_password("engineer", PASSWORD, NOW) is None
    assert accounts.check_password("engineer", "another deep river", NOW)


def test_the_old_password_is_asked_for_and_guessing_it_locks(engineer: Person, token: str) -> None:
    change = lambda: accounts.change_password(engineer, "guess", "another deep river", token=token, now=NOW)  # noqa: E731
    assert faults(change) == {"old_password": "password.old_wrong"}
    for _ in range(4):
        faults(change)
    assert accounts.check_password("engineer", PASSWORD, NOW) is None


@pytest.mark.parametrize(("new", "said"), [("short", "too_short"), ("engineer", "is_login"), (PASSWORD, "same")])
def test_a_new_password_that_is_not_admitted_changes_nothing(engineer: Person, new: str, said: str) -> None:
    change = lambda: accounts.change_password(engineer, PASSWORD, new, token=None, now=NOW)  # noqa: E731
    assert faults(change) == {"new_password": f"password.{said}"}
    assert accounts.check_password("engineer", PASSWORD, NOW)


def test_somebody_elses_cookie_does_not_live_on_through_my_new_password(cast: Cast, engineer: Person) -> None:
    hers = enter(cast.engineer2)
    accounts.change_password(engineer, PASSWORD, "another deep river", token=hers, now=NOW)
    assert whose(hers) == "engineer2"
    with reading() as session:
        assert session.exec(select(SignIn.token_version)).one() == 0


# --- the first administrator


FORM = SimpleNamespace(
    login="yangfan", name="杨帆", password=PASSWORD, company="岚峰机电", department="综合办公室", now=NOW
)


def set_up(session: Session, code: str | None, **other: str) -> Person:
    return accounts.set_up(session, **(vars(FORM) | {"code": code or ""} | other))


def test_the_code_lets_the_first_administrator_in_once(session: Session) -> None:
    code = accounts.set_up_code(session, NOW)
    first = set_up(session, code)
    assert session.exec(select(Grant.role).where(Grant.person_id == first.id)).all() == [Role.ADMINISTRATOR]
    assert settings.setting(session, "company.name", NOW) == "岚峰机电"
    assert refusal(lambda: set_up(session, code, login="second")) == "setup.wrong_code"
    assert accounts.set_up_code(session, NOW) is None
    session.commit()
    assert accounts.check_password("yangfan", PASSWORD, NOW)
    assert actions("yangfan") == ["account.set_up"]


def test_characters_that_no_database_takes_do_no_harm_at_set_up(session: Session) -> None:
    code = accounts.set_up_code(session, NOW)
    first = set_up(session, code, company="岚\0峰\ud800", department="\0综合", name="杨\0帆")
    assert first.name == "杨帆" and settings.setting(session, "company.name", NOW) == "岚峰"


def test_the_code_may_be_typed_in_small_letters_without_dashes(session: Session) -> None:
    code = accounts.set_up_code(session, NOW)
    assert set_up(session, code.lower().replace("-", " ")).login == "yangfan"


def test_a_wrong_code_and_the_code_of_an_earlier_start_are_refused(session: Session) -> None:
    earlier = accounts.set_up_code(session, NOW)
    code = accounts.set_up_code(session, NOW)
    for wrong in (earlier, "", "AAAA-AAAA-AAAA-AAAA", f"{code}A"):
        assert refusal(lambda wrong=wrong: set_up(session, wrong)) == "setup.wrong_code"
    assert set_up(session, code)


def test_without_a_code_nobody_is_first(session: Session) -> None:
    assert refusal(lambda: set_up(session, "")) == "setup.wrong_code"


def test_faults_of_the_set_up_form_come_all_at_once_and_leave_the_code_valid(database: str) -> None:
    with writing() as session:
        code = accounts.set_up_code(session, NOW)

    def send() -> None:
        with writing() as session:
            set_up(session, code, login="Yang Fan", name="", password="short", company=" ", department="x" * 61)

    assert faults(send) == {
        "login": "account.login_pattern",
        "name": "fault.required",
        "password": "password.too_short",
        "company": "fault.required",
        "department": "fault.too_long",
    }
    with writing() as session:
        assert set_up(session, code)


def test_the_code_is_not_readable_in_the_database(session: Session) -> None:
    code = accounts.set_up_code(session, NOW)
    assert code not in str(session.exec(select(Setting.value)).all())


# --- the demonstration


def test_a_demonstration_lets_everybody_in_with_one_click(cast: Cast, session: Session) -> None:
    settings.put(session, "demo.enabled", True, now=NOW)
    played = {account.login: account for account in accounts.demo_accounts(session, NOW)}
    assert played["finance_head"].roles == (Role.FINANCE_HEAD, Role.DEPARTMENT_HEAD)
    assert played["engineer"].department == "售后一室"
    ticket = accounts.demo_ticket(session, played["engineer"].person_id, "/", NOW)
    assert accounts.redeem_ticket(session, ticket, NOW)


@pytest.mark.parametrize("marked", [None, False])
def test_outside_a_demonstration_there_is_no_such_door(cast: Cast, session: Session, marked: object) -> None:
    if marked is not None:
        settings.put(session, "demo.enabled", marked, now=NOW)
    assert refusal(lambda: accounts.demo_accounts(session, NOW)) == "demo.not_here"
    assert refusal(lambda: accounts.demo_ticket(session, cast.engineer.id, "/", NOW)) == "demo.not_here"


def test_a_disabled_person_is_not_played(cast: Cast, session: Session) -> None:
    settings.put(session, "demo.enabled", True, now=NOW)
    accounts.disable_person(session, cast.administrator, cast.engineer.id, NOW)
    assert "engineer" not in {account.login for account in accounts.demo_accounts(session, NOW)}
    assert refusal(lambda: accounts.demo_ticket(session, cast.engineer.id, "/", NOW)) == "account.unknown"


# --- people


NEW = {"login": "newcomer", "name": "新 人", "grade": "staff", "phone": "0731-0000 0001"}


def test_a_newcomer_gets_a_password_that_he_must_change(cast: Cast) -> None:
    with writing() as session:
        someone, password = accounts.add_person(
            session, cast.administrator, NEW | {"department_id": cast.service.id}, NOW
        )
    assert someone.must_change_password and someone.name == "新 人"
    found = accounts.check_password("newcomer", password, NOW)
    assert found
    accounts.change_password(found, password, PASSWORD, token=None, now=NOW)
    assert not person("newcomer").must_change_password
    assert actions("newcomer") == ["account.added", "account.password_changed"]


def test_what_is_wrong_with_a_newcomer_is_said_beside_each_field(cast: Cast, session: Session) -> None:
    factories.person(session, "taken", cast.service, employee_no="007")
    raw = {"login": "taken", "name": " ", "employee_no": "007", "department_id": 9999, "grade": "emperor"}
    said = faults(lambda: accounts.add_person(session, cast.administrator, raw | {"phone": "1" * 31}, NOW))
    assert said == {
        "login": "account.login_taken",
        "name": "fault.required",
        "employee_no": "account.employee_no_taken",
        "department_id": "fault.option",
        "grade": "fault.option",
        "phone": "fault.too_long",
    }


def test_forged_columns_of_a_person_are_not_taken(cast: Cast, session: Session) -> None:
    forged = NEW | {
        "department_id": cast.service.id,
        "active": False,
        "id": 1,
        "password_hash": "x",
        "token_version": 9,
    }
    someone, _ = accounts.add_person(session, cast.administrator, forged, NOW)
    assert someone.active and someone.token_version == 0 and someone.id != 1


def test_the_trail_says_what_was_changed(cast: Cast, session: Session) -> None:
    raw = {name: getattr(cast.engineer, name) for name in accounts.people.FIELDS} | {
        "name": "王建国",
        "grade": "manager",
    }
    changed = accounts.change_person(session, cast.administrator, cast.engineer.id, raw, NOW)
    assert changed.name == "王建国"
    event = session.exec(select(Event).where(Event.action == "account.changed")).one()
    assert event.data == {"name": ["王建军", "王建国"], "grade": ["staff", "manager"]}


def test_disabling_signs_out_at_the_next_interaction(cast: Cast, token: str) -> None:
    with writing() as session:
        accounts.disable_person(session, cast.administrator, cast.engineer.id, NOW)
    assert whose(token) is None
    with writing() as session:
        accounts.enable_person(session, cast.administrator, cast.engineer.id, NOW)
    assert whose(token) is None, "whoever was signed out signs in anew"


@pytest.mark.parametrize("how", ["disabled", "role taken back"])
def test_what_waited_for_somebody_who_left_waits_for_whoever_stands_in(cast: Cast, how: str) -> None:
    trip = story.sent_trip(cast)
    assert story.waits_for(cast.department_head, trip)
    with writing() as session:
        if how == "disabled":
            accounts.disable_person(session, cast.administrator, cast.department_head.id, NOW)
        else:
            held = session.exec(select(Grant).where(Grant.person_id == cast.department_head.id)).one()
            accounts.end_grant(session, cast.administrator, held.id, NOW)
    assert not story.waits_for(cast.department_head, trip)
    assert story.waits_for(cast.vice_president, trip)


def test_a_reset_password_opens_once_and_ends_what_was_open(cast: Cast, token: str) -> None:
    with writing() as session:
        password = accounts.reset_password(session, cast.administrator, cast.engineer.id, NOW)
    assert whose(token) is None
    assert accounts.check_password("engineer", PASSWORD, NOW) is None
    found = accounts.check_password("engineer", password, NOW)
    assert found and found.must_change_password


def test_a_locked_person_is_let_in_again(cast: Cast, engineer: Person) -> None:
    for _ in range(5):
        accounts.check_password("engineer", "wrong password", NOW)
    with writing() as session:
        accounts.unlock_person(session, cast.administrator, engineer.id, NOW)
    assert accounts.check_password("engineer", PASSWORD, NOW)


def test_nobody_disables_himself_or_resets_his_own_password(cast: Cast, session: Session) -> None:
    me = cast.administrator
    assert refusal(lambda: accounts.disable_person(session, me, me.id, NOW)) == "account.not_oneself"
    assert refusal(lambda: accounts.reset_password(session, me, me.id, NOW)) == "account.not_oneself"


# --- roles


def test_a_role_is_held_from_the_grant_to_its_end(cast: Cast, session: Session) -> None:
    grant = accounts.grant_role(
        session, cast.administrator, cast.engineer.id, Role.DEPARTMENT_HEAD, cast.service2.id, NOW
    )
    assert grant.granted_by_id == cast.administrator.id
    accounts.end_grant(session, cast.administrator, grant.id, NOW)
    assert refusal(lambda: accounts.end_grant(session, cast.administrator, grant.id, NOW)) == "account.role_not_held"
    session.commit()
    assert actions("engineer") == ["account.role_granted", "account.role_ended"]


def test_a_role_taken_back_signs_out_at_the_next_interaction(cast: Cast, token: str) -> None:
    with writing() as session:
        held = session.exec(select(Grant).where(Grant.person_id == cast.engineer.id)).one()
        accounts.end_grant(session, cast.administrator, held.id, NOW)
    assert whose(token) is None


@pytest.mark.parametrize("role", sorted(set(Role) - accounts.WORK_ROLES - {Role.ADMINISTRATOR}))
def test_an_administrator_cannot_grant_himself_a_deciding_role(cast: Cast, session: Session, role: Role) -> None:
    where = cast.service.id if role in accounts.DEPARTMENT_ROLES else None
    me = cast.administrator
    assert refusal(lambda: accounts.grant_role(session, me, me.id, role, where, NOW)) == "account.not_to_oneself"


def test_two_administrators_cannot_make_each_other_decide(cast: Cast, session: Session) -> None:
    other = factories.person(session, "other", cast.office)
    accounts.grant_role(session, cast.administrator, other.id, Role.ADMINISTRATOR, None, NOW)
    grant = lambda: accounts.grant_role(session, other, cast.administrator.id, Role.GENERAL_MANAGER, None, NOW)  # noqa: E731
    assert refusal(grant) == "account.administrator_decides_nothing"
    grant = lambda: accounts.grant_role(session, other, cast.finance_vp.id, Role.ADMINISTRATOR, None, NOW)  # noqa: E731
    assert refusal(grant) == "account.administrator_decides_nothing"


def test_an_administrator_may_travel(cast: Cast, session: Session) -> None:
    me = cast.administrator
    assert accounts.grant_role(session, me, me.id, Role.ENGINEER, cast.service.id, NOW)


def test_accountant_and_cashier_are_never_one_person(cast: Cast, session: Session) -> None:
    grant = lambda: accounts.grant_role(session, cast.administrator, cast.accountant.id, Role.CASHIER, None, NOW)  # noqa: E731
    assert refusal(grant) == "account.accountant_and_cashier"
    grant = lambda: accounts.grant_role(session, cast.administrator, cast.cashier.id, Role.ACCOUNTANT, None, NOW)  # noqa: E731
    assert refusal(grant) == "account.accountant_and_cashier"


def test_a_role_belongs_where_the_routes_look_for_it(cast: Cast, session: Session) -> None:
    def grant(role: Role, department_id: int | None) -> str:
        return refusal(
            lambda: accounts.grant_role(session, cast.administrator, cast.engineer2.id, role, department_id, NOW)
        )

    assert grant(Role.DEPARTMENT_HEAD, None) == "account.role_needs_department"
    assert grant(Role.GENERAL_MANAGER, cast.service.id) == "account.role_is_companys"
    assert grant(Role.DISPATCHER, 9999) == "account.no_department"
    assert grant(Role.ENGINEER, cast.service.id) == "account.role_held"


def test_the_last_administrator_stays(cast: Cast, session: Session) -> None:
    held = session.exec(select(Grant).where(Grant.person_id == cast.administrator.id)).one()
    end = lambda: accounts.end_grant(session, cast.administrator, held.id, NOW)  # noqa: E731
    assert refusal(end) == "account.last_administrator"
    other = factories.person(session, "other", cast.office)
    accounts.grant_role(session, cast.administrator, other.id, Role.ADMINISTRATOR, None, NOW)
    assert accounts.end_grant(session, cast.administrator, held.id, NOW)


def test_only_an_administrator_keeps_people_and_roles(cast: Cast, session: Session) -> None:
    """Whoever was one until a moment ago is refused like the stranger and the general manager."""
    other = factories.person(session, "other", cast.office)
    held = accounts.grant_role(session, cast.administrator, other.id, Role.ADMINISTRATOR, None, NOW)
    accounts.end_grant(session, cast.administrator, held.id, NOW)
    whom = cast.engineer.id
    for actor in (cast.stranger, cast.general_manager, other, Person(id=9999, login="x", name="x", department_id=1)):
        for act in (
            lambda actor=actor: accounts.add_person(session, actor, NEW, NOW),
            lambda actor=actor: accounts.change_person(session, actor, whom, NEW, NOW),
            lambda actor=actor: accounts.disable_person(session, actor, whom, NOW),
            lambda actor=actor: accounts.enable_person(session, actor, whom, NOW),
            lambda actor=actor: accounts.unlock_person(session, actor, whom, NOW),
            lambda actor=actor: accounts.reset_password(session, actor, whom, NOW),
            lambda actor=actor: accounts.grant_role(session, actor, actor.id, Role.ADMINISTRATOR, None, NOW),
            lambda actor=actor: accounts.end_grant(session, actor, 1, NOW),
        ):
            assert refusal(act) == "account.administrators_only"


def test_every_act_leaves_one_event_and_the_chain_holds(cast: Cast, session: Session) -> None:
    before = audit.head(session)["sequence"]
    accounts.disable_person(session, cast.administrator, cast.engineer.id, NOW)
    accounts.enable_person(session, cast.administrator, cast.engineer.id, NOW)
    accounts.reset_password(session, cast.administrator, cast.engineer.id, NOW)
    assert audit.head(session)["sequence"] == before + 3
    assert audit.verify_chain(session) == []


def test_whoever_holds_the_general_managers_role_reads_what_is_done_with_it(cast: Cast) -> None:
    """P6-5: an administrator's second account does not become general manager, nor is one taken over, in silence."""
    with writing() as session:
        grant = accounts.grant_role(session, cast.administrator, cast.stranger.id, Role.GENERAL_MANAGER, None, NOW)
        accounts.end_grant(session, cast.administrator, grant.id, NOW)
        accounts.reset_password(session, cast.administrator, cast.general_manager.id, NOW)
        accounts.disable_person(session, cast.administrator, cast.general_manager.id, NOW)
        accounts.enable_person(session, cast.administrator, cast.general_manager.id, NOW)
        accounts.reset_password(session, cast.administrator, cast.engineer.id, NOW)
    done = [f"general_manager_{what}" for what in ("granted", "ended", "reset", "enabled")]
    with reading() as session:
        for reader in (cast.general_manager, cast.finance_vp):
            notices = list(reversed(latest(session, reader)))
            assert [one.key for one in notices] == done
            assert notices[0].facts == {"name": cast.stranger.name, "login": "stranger", "by": cast.administrator.name}
        assert not latest(session, cast.engineer) and not latest(session, cast.department_head)
