"""The routes for files, prints and Excel: session and right are asked at every request, browsers are kept from harm."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from urllib.parse import quote

import pypdfium2
import pytest
from openpyxl import load_workbook
from starlette.applications import Starlette
from starlette.testclient import TestClient

from models import Document, Person, State
from services.accounts import end_sign_in, issue_ticket, redeem_ticket
from services.attachments import attach, remove
from services.config import ROOT
from services.database import writing
from services.texts import text
from tests import factories
from tests.factories import NOW, Cast
from tests.services.test_attachments import OFD, pdf, picture
from tests.story import sent_register
from ui.session import COOKIE
from ui.web import files
from ui.web.exports import EXPORTS

As = Callable[[Person | None], TestClient]


@pytest.fixture
def browser(database: str, monkeypatch: pytest.MonkeyPatch) -> As:
    """A browser that is signed in as somebody, or as nobody."""
    monkeypatch.setattr(files, "now", lambda: NOW)

    def signed_in(person: Person | None) -> TestClient:
        client = TestClient(Starlette(routes=files.routes), base_url="https://portal", follow_redirects=False)
        if person:
            client.cookies.set(COOKIE, token_of(person))
        return client

    return signed_in


def token_of(person: Person) -> str:
    with writing() as session:
        entered = redeem_ticket(session, issue_ticket(session, person, "/", NOW), NOW)
    assert entered
    return entered.token


@pytest.fixture
def trip(cast: Cast) -> Document:
    with writing() as session:
        paper = factories.travel_request(
            session, cast.engineer, number="TR-202611-0003", state=State.RETURNED, submitted_at=NOW, round=1
        )
        factories.travel_estimate(session, paper, cast.expense["train"])
    return paper


def put(cast: Cast, paper: Document, name: str, data: bytes) -> int:
    with writing() as session:
        return attach(session, cast.engineer, paper, name, data, NOW).id


# --- attachments


def test_an_attachment_is_handed_over_as_it_was_brought(cast, trip, browser) -> None:
    answer = browser(cast.department_head).get(f"/files/{put(cast, trip, '发票 1.pdf', pdf())}")
    assert (answer.status_code, answer.content) == (200, pdf())
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert f"filename*=UTF-8''{quote('发票 1.pdf')}" in answer.headers["content-disposition"]


def test_no_browser_keeps_guesses_at_or_runs_it(cast, trip, browser) -> None:
    number = put(cast, trip, "票.png", picture("PNG"))
    for path in (f"/files/{number}", f"/files/{number}/inline"):
        headers = browser(cast.engineer).get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["content-security-policy"].startswith("sandbox; default-src 'none'")


@pytest.mark.parametrize(
    ("name", "data", "how"),
    [("a.pdf", pdf(), "inline"), ("a.png", picture("PNG"), "inline"), ("a.jpg", picture("JPEG"), "inline"),
     ("a.ofd", OFD, "attachment"), ("a.xml", b"<a/>", "attachment")],
)  # fmt: skip
def test_only_pictures_and_pdf_are_shown_in_the_browser(cast, trip, browser, name, data, how) -> None:
    answer = browser(cast.engineer).get(f"/files/{put(cast, trip, name, data)}/inline")
    assert answer.headers["content-disposition"].startswith(f"{how};")


@pytest.mark.parametrize("name", ['a"; filename="b.exe', "a\r\nSet-Cookie: x=1", "ü%41.pdf", "发票\u202egnp"])
def test_a_name_cannot_break_out_of_its_header(cast, trip, browser, name: str) -> None:
    if not name.endswith(".pdf"):
        name += ".pdf"
    answer = browser(cast.engineer).get(f"/files/{put(cast, trip, name, pdf())}")
    assert answer.headers["content-disposition"].count('"') == 2
    assert "set-cookie" not in answer.headers
    assert "%" not in answer.headers["content-disposition"].split("filename*")[0]


@pytest.mark.parametrize("who", ["stranger", "other_head", "administrator"])
def test_without_the_right_it_is_as_if_it_were_not_there(cast, trip, browser, who: str) -> None:
    client = browser(getattr(cast, who))
    number = put(cast, trip, "发票.pdf", pdf())
    refused = client.get(f"/files/{number}")
    assert (refused.status_code, refused.text) == (404, client.get(f"/files/{number + 1}").text)
    for path in (f"/files/{number}/inline", "/print/TR-202611-0003/request.pdf", f"/print/{trip.id}/request.pdf"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("number", ["0", "999999999", "9" * 5000, "-1", "1.5", "x", "%00", "1%20or%201=1", "²"])
def test_numbers_of_no_file_are_not_found(cast, browser, number: str) -> None:
    assert browser(cast.engineer).get(f"/files/{number}").status_code == 404


def test_a_removed_file_is_gone(cast, trip, browser) -> None:
    number = put(cast, trip, "发票.pdf", pdf())
    with writing() as session:
        remove(session, cast.engineer, number, NOW)
    assert browser(cast.engineer).get(f"/files/{number}").status_code == 404


# --- who is it?


@pytest.mark.parametrize(
    "path", ["/files/1", "/files/1/inline", "/print/TR-1/request.pdf", "/export/travel_requests.xlsx?q=a&state=done"]
)
def test_a_stranger_is_sent_to_the_sign_in_and_comes_back(browser, path: str) -> None:
    answer = browser(None).get(path)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/?next={quote(path, safe='')}"


def test_every_file_asks_who_it_is(browser) -> None:
    client = browser(None)
    for route in files.routes:
        path = route.path.replace("{id}", "1").replace("{form}", "pdf").replace("{slug}", "mine")
        assert client.get(path.replace("{number}", "TR-1").replace("{layout}", "request")).status_code == 303, path


def test_a_cookie_counts_only_as_long_as_its_row(cast, trip, browser) -> None:
    number = put(cast, trip, "发票.pdf", pdf())
    client = browser(cast.engineer)
    assert client.get(f"/files/{number}").status_code == 200
    with writing() as session:
        end_sign_in(session, client.cookies[COOKIE], NOW)
    assert client.get(f"/files/{number}").status_code == 303


def test_an_idle_or_invented_session_opens_nothing(cast, trip, browser, monkeypatch) -> None:
    number = put(cast, trip, "发票.pdf", pdf())
    client = browser(cast.engineer)
    monkeypatch.setattr(files, "now", lambda: NOW + timedelta(minutes=31))
    assert client.get(f"/files/{number}").status_code == 303
    client.cookies.set(COOKIE, "invented")
    assert client.get(f"/files/{number}").status_code == 303


def test_whoever_was_disabled_a_second_ago_gets_nothing(cast, trip, browser) -> None:
    number = put(cast, trip, "发票.pdf", pdf())
    client = browser(cast.department_head)
    with writing() as session:
        session.get_one(Person, cast.department_head.id).active = False
    assert client.get(f"/files/{number}").status_code == 303


def test_an_initial_password_opens_no_files(cast, trip, browser) -> None:
    number = put(cast, trip, "发票.pdf", pdf())
    client = browser(cast.engineer)
    with writing() as session:
        session.get_one(Person, cast.engineer.id).must_change_password = True
    assert client.get(f"/files/{number}").status_code == 303


def test_files_are_only_read_here(cast, trip, browser) -> None:
    client = browser(cast.engineer)
    for path in ("/files/1", "/print/TR-202611-0003/request.pdf", "/export/travel_requests.xlsx"):
        assert client.post(path).status_code == 405


# --- prints


def text_of(content: bytes) -> str:
    pages = pypdfium2.PdfDocument(content)
    return "".join("".join(page.get_textpage().get_text_range().split()) for page in pages)


def test_a_paper_is_shown_as_pdf(cast, trip, browser) -> None:
    answer = browser(cast.department_head).get("/print/TR-202611-0003/request.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("inline;")
    assert quote("出差申请书 TR-202611-0003.pdf") in answer.headers["content-disposition"]
    assert "出差申请书" in text_of(answer.content)


def test_a_paper_speaks_the_language_of_its_reader_or_of_the_link(cast, trip, browser) -> None:
    with writing() as session:
        session.get_one(Person, cast.engineer.id).language = "en"
    client = browser(cast.engineer)
    assert "TravelRequest" in text_of(client.get("/print/TR-202611-0003/request.pdf").content)
    assert "出差申请书" in text_of(client.get("/print/TR-202611-0003/request.pdf?lang=zh").content)
    assert "TravelRequest" in text_of(client.get("/print/TR-202611-0003/request.pdf?lang=klingon").content)


def test_an_author_prints_his_draft_by_its_id(cast, browser) -> None:
    with writing() as session:
        draft = factories.document(session, "TR", cast.engineer, draft={"origin": "株洲"})
    assert "草稿" in text_of(browser(cast.engineer).get(f"/print/{draft.id}/request.pdf").content)
    assert browser(cast.department_head).get(f"/print/{draft.id}/request.pdf").status_code == 404


@pytest.mark.parametrize("layout", ["claim", "base", "..%2Fbase", "request.typ"])
def test_papers_that_a_kind_does_not_have_are_not_found(cast, trip, browser, layout: str) -> None:
    assert browser(cast.engineer).get(f"/print/TR-202611-0003/{layout}.pdf").status_code == 404


# --- lists as Excel


def rows_of(content: bytes) -> list[tuple[object, ...]]:
    return list(load_workbook(BytesIO(content)).active.iter_rows(values_only=True))


@pytest.fixture
def trips(cast: Cast) -> None:
    with writing() as session:
        for number in range(1, 61):
            author = cast.engineer if number % 2 else cast.stranger
            state = State.DONE if number % 3 else State.RUNNING
            factories.travel_request(
                session, author, number=f"TR-202611-{number:04}", state=state, submitted_at=NOW, title=f"西安 {number}"
            )


def test_a_list_leaves_whole_and_only_as_far_as_its_reader_may_see(cast, trips, browser) -> None:
    head = rows_of(browser(cast.department_head).get("/export/travel_requests.xlsx").content)
    boss = rows_of(browser(cast.general_manager).get("/export/travel_requests.xlsx?page=2").content)
    assert (len(head), len(boss)) == (1 + 30, 1 + 60)
    assert len(rows_of(browser(cast.administrator).get("/export/travel_requests.xlsx").content)) == 1


def test_the_filters_of_the_address_hold(cast, trips, browser) -> None:
    client = browser(cast.general_manager)
    assert len(rows_of(client.get("/export/travel_requests.xlsx?state=running").content)) == 1 + 20
    assert len(rows_of(client.get("/export/travel_requests.xlsx?q=TR-202611-0007").content)) == 1 + 1
    assert len(rows_of(client.get("/export/travel_requests.xlsx?state=nonsense&department=x&page=-3").content)) == 61


def test_cells_hold_dates_numbers_and_words(cast, trips, browser) -> None:
    answer = browser(cast.engineer).get("/export/travel_requests.xlsx?q=TR-202611-0007&lang=zh")
    assert quote("2026-11-23.xlsx") in answer.headers["content-disposition"]
    assert answer.headers["content-disposition"].startswith("attachment;")
    head, row = rows_of(answer.content)
    cells = dict(zip(head, row, strict=True))
    assert cells[text("zh", "column.number")] == "TR-202611-0007"
    assert cells[text("zh", "column.amount")] == 1800
    assert cells[text("zh", "column.state")] == text("zh", "state.done")
    assert cells[text("zh", "field.starts_on")].isoformat() == "2026-11-25T00:00:00"
    assert "王建军" in row
    assert any(str(value).startswith("2026-11-23 09:00") for value in row)
    assert "done" not in row


def test_ones_own_papers_of_every_kind_leave_too(cast, trips, browser) -> None:
    assert len(rows_of(browser(cast.engineer).get("/export/mine.xlsx").content)) == 1 + 30
    assert len(rows_of(browser(cast.engineer2).get("/export/mine.xlsx").content)) == 1


FOR_EVERYBODY = {
    "open_advances", "complaint_register", "contacts_due", "open_actions", "call_register", "receivables",
    "income_by_month", "missing_parts", "suppliers", "scorecards",
}  # fmt: skip
"""What anybody may take away: it holds no more than he may read, be it nothing."""


@pytest.mark.parametrize("address", sorted(set(EXPORTS) - {"payments", "customer"}))  # of which one is chosen first
def test_what_a_page_offers_as_excel_leaves_for_whom_it_is(cast, browser, address: str) -> None:
    query = {"spending": "part=purposes", "costs": "part=elements", "vouchers": "month=202610"}.get(address, "")
    path = f"/export/{address}.xlsx?{query}"
    answer = browser(cast.general_manager).get(path)
    assert answer.status_code == 200
    assert rows_of(answer.content)
    assert browser(None).get(path).status_code == 303
    for other in (cast.administrator, cast.stranger):
        assert browser(other).get(path).status_code == (200 if address in FOR_EVERYBODY else 404)


def test_every_button_of_a_page_leads_to_a_file_that_there_is() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "pages").rglob("*.py"))
    named = set(re.findall(r"/export/(\w+)\.xlsx", sources))
    assert named == set(EXPORTS)


@pytest.mark.parametrize("slug", ["people", "..%2Fsecret", "TR", ""])
def test_lists_that_do_not_exist_are_not_found(cast, browser, slug: str) -> None:
    assert browser(cast.engineer).get(f"/export/{slug}.xlsx").status_code == 404


def test_a_paper_as_an_excel_form_goes_to_whoever_reads_it(cast, browser) -> None:
    """P9-6a"""
    number = sent_register(cast).number
    answer = browser(cast.department_head).get(f"/print/{number}/register.xlsx?lang=zh")
    assert answer.status_code == 200 and answer.headers["content-type"] == files.EXCEL
    assert quote("售后一室出差明细表") in answer.headers["content-disposition"]
    assert load_workbook(BytesIO(answer.content)).active["A4"].value == "序号"
    paths = [f"/print/{number}/other.xlsx", "/print/MR-202612-9999/register.xlsx", "/print/x/register.xlsx"]
    assert {browser(cast.department_head).get(path).status_code for path in paths} == {404}
    assert browser(cast.stranger).get(f"/print/{number}/register.xlsx").status_code == 404
    assert browser(None).get(f"/print/{number}/register.xlsx").status_code == 303
