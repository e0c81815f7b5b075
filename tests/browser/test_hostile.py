"""What a hostile neighbour tries through the browser: another's sign-in, links and pictures in what he typed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Request, Route, expect

from services.accounts import issue_ticket
from services.database import writing
from tests.browser.screen import Company, Screens
from tests.complaint_story import sent_complaint
from tests.story import do, sent_trip
from ui.session import COOKIE
from ui.web.doors import ENTER

pytestmark = pytest.mark.browser

TYPED = "![x](https://evil.example/seen.png) www.evil.example a@evil.example :material/home: **b** $x$ <b>c</b>"


@pytest.fixture
def by_name(chromium: Browser, company: Company, tmp_path: Path) -> Iterator[Screens]:
    """The portal by a name and without TLS, where browsers say less of where a request comes from."""
    named = replace(company, address=company.address.replace("127.0.0.1", "portal.lan"))
    screens = Screens(chromium, named, tmp_path)
    yield screens
    screens.close()


def test_without_tls_one_signs_in_and_out(by_name: Screens) -> None:
    visitor = by_name.open().go("/account").sees("登录名")
    visitor.fill("登录名", "engineer").fill("密码", by_name.company.password)
    visitor.press("登录").sees("王建军").press("退出").sees("登录名")


def test_without_tls_no_page_elsewhere_signs_anybody_in(by_name: Screens) -> None:
    address, thief = by_name.company.address, by_name.company.cast.stranger
    with by_name.company.at_home(), writing() as session:
        ticket = issue_ticket(session, thief, "/", datetime.now(UTC))
    page = by_name.open().page

    def lure(route: Route) -> None:
        script = f"<script>location.href = '{address}{ENTER}?ticket={ticket}'</script>"
        route.fulfill(content_type="text/html", body=script)

    page.route("http://evil.lan/**", lure)
    page.goto("http://evil.lan/")
    page.wait_for_url(f"{address}/**")
    assert COOKIE not in {cookie["name"] for cookie in page.context.cookies()}


def test_what_was_typed_is_drawn_as_text_everywhere(company: Company, screens: Screens) -> None:
    cast = company.cast
    with company.at_home():
        trip = sent_trip(cast, task=TYPED, destinations=TYPED[:100], estimates=_estimates(company))
        do(cast.department_head, trip, "comment", note=TYPED + "\n\n    four blanks\n" + "x " * 700)
    asked: list[str] = []
    screen = screens.open()
    screen.page.on("request", lambda request: _note(asked, request))
    screen.go("/accounts_demo").press(cast.department_head.name)
    screen.page.wait_for_url(lambda url: "accounts_demo" not in url)
    for path, seen in (
        ("/", "![x](https://evil.example/seen.png)"),
        ("/inbox", "home: **b**"),
        ("/travel_requests", "home: **b**"),
        (f"/travel_requests?number={trip.number}", "home: **b** $x$ <b>c</b>"),
    ):
        main = screen.go(path).page.get_by_test_id("stMain")
        screen.page.screenshot(path=screens.folder / f"40-typed-{len(seen)}.png")
        assert main.locator("a[href*='evil'], img[src*='evil'], pre, .katex, b").count() == 0, path
        drawn = main.inner_text()
        assert seen in drawn.replace("\u2060", "") and "\\" not in drawn, path
    assert asked == []


def test_a_complaint_of_20_000_characters_is_drawn_as_text(company: Company, screens: Screens) -> None:
    """Issue 6: emoji, marks that turn the writing about and markup, to the last character"""
    said = (f"{TYPED} <script>x</script> :red[r] \u202e\u05d0\u202c \U0001f600\n\n# h\n\n    four blanks\n" * 200)[
        :19_990
    ]
    with company.at_home():
        case = sent_complaint(company.cast, content=said + " \U0001f600end")
    asked: list[str] = []
    screen = screens.of(company.cast.quality_inspector, "/")
    screen.page.on("request", lambda request: _note(asked, request))
    main = screen.go(f"/complaints?number={case.number}").page.get_by_test_id("stMain")
    expect(main.get_by_text("\U0001f600end")).to_be_visible()
    assert main.locator("a[href*='evil'], img[src*='evil'], pre, .katex, b, script, h1").count() == 0
    assert "<script>x</script> :red[r]" in main.inner_text().replace("\u2060", "")
    assert asked == []


def test_a_list_is_not_taken_away_with_live_formulas(company: Company, screens: Screens) -> None:
    """Streamlit's own download writes what was typed as it is; ours makes text of it"""
    page = screens.of(company.cast.administrator, "/people").page
    page.get_by_test_id("stDataFrame").hover()
    toolbar = page.get_by_test_id("stElementToolbar")
    expect(toolbar.get_by_role("button", name="Search")).to_be_visible()
    expect(toolbar.get_by_role("button", name="Download as CSV")).to_have_count(0)


def _note(asked: list[str], request: Request) -> None:
    if "evil" in request.url:
        asked.append(request.url)


def _estimates(company: Company) -> list[dict[str, object]]:
    return [{"expense_type_id": company.cast.expense["train"].id, "amount": "600", "note": TYPED[:95]}]
