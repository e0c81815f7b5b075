"""What a person feels: from his click to the painted answer, act by act, in an installed Chromium.

python3 -m benchmarks.browser [--rows N] [--runs N] [--port N] [--data DIR]
"""

import argparse
import os
import statistics
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from playwright.sync_api import Browser, Page
from sqlmodel import col, select

from benchmarks.chromium import LOOK, SETTLED, installed_chromium
from benchmarks.server import portal
from benchmarks.trips import keep_trip, send_trip
from models import Person, State, TravelRequest
from services.database import reading
from services.inbox import waiting_for
from services.lists import Filters, listing
from services.people import local_day
from services.texts import text

READER, AUTHOR, HEAD = "zhoujie", "wangjianjun", "chenliguo"
"""Who looks at lists (she may see nearly everything), who sends, and who approves what he sends."""
SEARCHED = "成都"
MOST = 30
"""Seconds that an answer may take."""

WATCH = """(() => {
  let begun = null;
  const begin = event => { begun ??= event.timeStamp; };
  for (const kind of ['pointerdown', 'keydown', 'popstate']) addEventListener(kind, begin, true);
  const seen = ([selector, words]) => [...document.querySelectorAll(selector)].some(
    one => one.textContent.includes(words) && one.checkVisibility({opacityProperty: true, visibilityProperty: true}));
  const settled = SETTLED;
  window.watch = (marks, most) => {
    let painted = null, rests = null, dirty = true;
    begun = null;
    const observer = new MutationObserver(() => { dirty = true; });
    observer.observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
    window.took = new Promise((done, fail) => {
      const look = () => {
        const now = performance.now();
        if (begun !== null && painted === null && dirty) {
          dirty = false;
          // what stands in the page before this frame is painted is on the screen at the next one
          if (marks.every(seen)) requestAnimationFrame(() => { painted = performance.now(); });
        }
        rests = settled() ? rests ?? now : null;
        if (painted !== null && rests !== null && now - rests > 300) {
          observer.disconnect();
          done([painted - begun, Math.max(painted, rests) - begun]);
        } else if (begun !== null && now - begun > most) {
          fail(new Error('not seen: ' + JSON.stringify(marks.filter(one => !seen(one)))));
        } else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    window.took.catch(() => {});
  };
})()""".replace("SETTLED", SETTLED)
"""In the page: notes when the next act begins, when all marks are painted, and when nothing runs any more."""

Mark = tuple[str, str]
"""A selector and the words in what it finds: an answer is there once all its marks are seen."""
INBOX, LIST = ".paper-rows.inbox tbody", ".paper-rows:not(.inbox) tbody"
ACTION_BAR = ".st-key-action-bar"


@dataclass(frozen=True)
class Took:
    """Milliseconds from the click until the answer was painted, and until nothing ran any more."""

    painted: float
    rested: float


class Screen:
    """One person's browser. What he does is timed under a name, or only waited for."""

    def __init__(self, browser: Browser, address: str, login: str) -> None:
        self.person = _person(login)
        self.page: Page = browser.new_context(**LOOK).new_page()  # type: ignore[arg-type]
        self.page.set_default_timeout(1000 * MOST)
        self.page.add_init_script(WATCH)
        self.took: dict[str, list[Took]] = defaultdict(list)
        self.page.goto(f"{address}/accounts_demo")
        self.page.get_by_role("button", name=self.person.name, exact=True).click()
        self.page.wait_for_url(lambda url: "accounts_demo" not in url)
        self.page.wait_for_function(SETTLED)

    def time(self, name: str | None, do: Callable[[], None], *marks: Mark) -> None:
        self.page.evaluate("([marks, most]) => watch(marks, most)", [marks, 1000 * MOST])
        do()
        took = Took(*self.page.evaluate("() => took"))
        if name:
            self.took[name].append(took)

    def menu(self, address: str) -> Callable[[], None]:
        link = self.page.locator(f'.portal-menu a[href="/{address}"]')
        return lambda: link.click()

    def row(self, table: str) -> Callable[[], None]:
        """Click into the first row, beside its link."""
        cell = self.page.locator(f"{table} tr").first.locator("td").nth(-2)
        return lambda: cell.click()

    def back(self) -> None:
        self.page.evaluate("() => history.back()")

    def press(self, key: str) -> Callable[[], None]:
        button = self.page.locator("button:visible").filter(has=self.page.get_by_text(_said(key), exact=True)).first
        return lambda: button.click()

    def chip(self, key: str) -> Callable[[], None]:
        link = self.page.locator(".chips a").get_by_text(_said(key), exact=True)
        return lambda: link.click()

    def type(self, words: str) -> None:
        """Into the search, without ending it."""
        self.page.get_by_placeholder(_said("list.search_hint")).fill(words)


def bench(runs: int, *, rows: int, port: int, folder: str | None) -> None:
    """Do every act once to warm up, then so many times; print a table."""
    with portal(rows, port, folder) as (address, papers), installed_chromium() as browser:
        took = {
            **_look(Screen(browser, address, READER), runs + 1),
            **_send(Screen(browser, address, AUTHOR), runs + 1),
            **_approve(Screen(browser, address, HEAD), runs + 1),
        }
    print(f"\n{papers} papers, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; milliseconds\n")
    _print({name: some[1:] for name, some in took.items()})


# --- the acts


def _look(her: Screen, runs: int) -> dict[str, list[Took]]:
    """From the menu to the inbox and the list, into papers and back, and the list narrowed down."""
    with reading() as session:
        waiting = waiting_for(session, her.person, _now())
    newest, whole = _listed(her.person, Filters(kind="TR"))
    _, cancelled = _listed(her.person, Filters(kind="TR", states=(State.CANCELLED,)))
    _, found = _listed(her.person, Filters(kind="TR", text=SEARCHED))
    inbox: list[Mark] = [(f"{INBOX} tr:last-child", row.number) for row in waiting[-1:]]
    for _ in range(runs):
        her.time("empty page", her.menu("blank"), (".st-key-blank", ""))
        her.time("inbox", her.menu("inbox"), *inbox)
        her.time("open from the inbox", her.row(INBOX), *_document(waiting[0].number))
        her.time(None, her.back, *inbox)
        her.time("list", her.menu("travel_requests"), *whole)
        her.time("open from the list", her.row(LIST), *_document(newest))
        her.time("list on return", her.back, *whole)
        her.time("filter", her.chip("state.cancelled"), *cancelled)
        her.time(None, her.press("list.clear"), *whole)
        her.type(SEARCHED)
        her.time("search", lambda: her.page.keyboard.press("Enter"), *found)
    return her.took


def _send(him: Screen, runs: int) -> dict[str, list[Took]]:
    """Drafts that are filled in stand first among one's own papers; each is opened there and sent."""
    for day, token in _days(him.person, runs):
        keep_trip(him.person, day, token, _now())
    state = _said("state.at_step", step=_said("role.department_head"))
    for _ in range(runs):
        him.time(None, him.menu("mine"), (LIST, ""))
        him.time(None, him.row(LIST), ("button", _said("action.submit")))
        him.time("send", him.press("action.submit"), (".st-key-document-head", state), (ACTION_BAR, ""))
    return him.took


def _approve(head: Screen, runs: int) -> dict[str, list[Took]]:
    """The inbox is narrowed down to what was sent for this; each is approved, and the link leads to the next."""
    author = _person(AUTHOR)
    papers = [send_trip(author, day, token, _now()) for day, token in _days(author, runs)]
    state = _said("state.at_step", step=_said("role.office_director"))
    for paper in papers:
        head.time(None, head.menu("inbox"), (INBOX, ""))
        head.type(paper.number or "")
        head.time(None, lambda: head.page.keyboard.press("Enter"), (f"{INBOX} tr:only-child", paper.number or ""))
        head.time(None, head.row(INBOX), *_document(paper.number or ""))
        told = _said("told.approve", number=paper.number)
        head.time("approve", head.press("action.approve"), (".st-key-document-head", state), (ACTION_BAR, told))
    return head.took


def _document(number: str) -> tuple[Mark, ...]:
    """A paper is there with its head and with what is drawn last."""
    return (".st-key-document-head", number), (ACTION_BAR, "")


def _listed(person: Person, filters: Filters) -> tuple[str, tuple[Mark, ...]]:
    """The number in a list's first row; the list is there with its last one, and with the line under it."""
    with reading() as session:
        found = listing(session, person, filters, _now())
    line = (".paper-rows .foot", _said("list.total", count=found.count, total=found.total))
    return found.rows[0]["number"], (line, (f"{LIST} tr:last-child", found.rows[-1]["number"]))


def _days(author: Person, number: int) -> list[tuple[date, str]]:
    """Days on which the author is on no other trip, and tokens that no draft has."""
    with reading() as session:
        own = select(sa.func.max(TravelRequest.ends_on)).where(TravelRequest.traveller_id == author.id)
        last = session.exec(own).one()
    first = max(last or local_day(_now()), local_day(_now())) + timedelta(days=1)
    return [(first + timedelta(days=place), f"felt-{_now().timestamp()}-{place}") for place in range(number)]


def _person(login: str) -> Person:
    with reading() as session:
        return session.exec(select(Person).where(col(Person.login) == login)).one()


def _said(key: str, **facts: object) -> str:
    return text("zh", key, **facts)


def _now() -> datetime:
    return datetime.now(UTC)


def _print(took: dict[str, list[Took]]) -> None:
    print(f"| {'act':<19} | median ms | p95 ms | at rest ms | runs |")
    print(f"|{'-' * 21}|----------:|-------:|-----------:|-----:|")
    for name, some in took.items():
        painted = sorted(one.painted for one in some)
        median, slow = statistics.median(painted), painted[int(len(painted) * 0.95)]
        rested = statistics.median(one.rested for one in some)
        print(f"| {name:<19} | {median:9.0f} | {slow:6.0f} | {rested:10.0f} | {len(some):4} |")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python3 -m benchmarks.browser", description="What a person feels.")
    parser.add_argument("--data", metavar="DIR", help="folder where the data stay for the next time (a passing one)")
    parser.add_argument("--rows", type=int, default=0, help="papers to add to the demonstration's (0)")
    parser.add_argument("--runs", type=int, default=10, help="how often each act is done (10)")
    parser.add_argument("--port", type=int, default=0, help="port of the server that is measured (any free one)")
    options = parser.parse_args()
    bench(options.runs, rows=options.rows, port=options.port, folder=options.data)


if __name__ == "__main__":
    main()
