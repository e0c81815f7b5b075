"""What a person does at a screen, for tests: enter, press, fill in, type into a table, look."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Self

import pytest
from playwright.sync_api import (
    APIResponse,
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    TimeoutError,
    expect,
)

from benchmarks.chromium import LOOK, SETTLED
from models import Person
from services.accounts import demo_ticket
from services.database import writing
from tests.factories import Cast
from ui.web.doors import ENTER

WORDS_SEEN = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    const at = walker.currentNode.parentElement;
    if (!at || at.closest(`script, style, canvas, [translate="no"], [aria-live], #aria-guidance,
      [data-testid="stSkipToContent"]`)) continue;
    const style = getComputedStyle(at);
    const [box] = at.getClientRects();  // what only a screen reader says is drawn a pixel wide
    if (parseFloat(style.fontSize) === 0 || !box || box.width <= 1 || box.height <= 1) continue;
    found.push(walker.currentNode.textContent);
  }
  for (const one of document.querySelectorAll('[placeholder], [title]'))
    found.push(one.getAttribute('placeholder') ?? '', one.getAttribute('title') ?? '');
  return found.join('\\n');
}"""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
FIRST_CELL = 60
"""Pixels from a table's left edge into its first column, behind the boxes by which rows can be ticked."""
FORMATS = {
    "yyyy",
    "mm",
    "dd",
    "PDF",
    "PNG",
    "JPEG",
    "XLSX",
    "PPTX",
    "DOCX",
    "XML",
    "OFD",
    "Excel",
    "English",
    "MB",
    "KB",
    "TR",
    "EC",
    "P",
    "engineer",
}


@dataclass(frozen=True)
class Company:
    """Where the portal is, who is in it, and the engineer's password."""

    address: str
    cast: Cast
    password: str
    home: Mapping[str, str] = field(default_factory=dict)
    """Where its data lie, as the environment says it."""

    @contextmanager
    def at_home(self) -> Iterator[None]:
        """Inside, services that are called by the test work on this portal's data, as its server does."""
        with pytest.MonkeyPatch.context() as environment:
            for name, value in self.home.items():
                environment.setenv(name, value)
            yield


@dataclass
class Screens:
    """All browsers of a test, what they complained of, and where their pictures go."""

    browser: Browser
    company: Company
    folder: Path
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, **look: Any) -> "Screen":
        """A new browser with an empty profile."""
        context = self.browser.new_context(**(LOOK | look))
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.set_default_timeout(20_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return Screen(page, self)

    def of(self, person: Person, path: str = "/", **look: Any) -> "Screen":
        """The browser of somebody who has entered, on a page; the story of the trip enters by the door itself."""
        assert person.id
        with self.company.at_home(), writing() as session:
            ticket = demo_ticket(session, person.id, path, datetime.now(UTC))
        screen = self.open(**look)
        door = f"{self.company.address}{ENTER}?ticket={ticket}"
        screen.page.context.request.get(door, headers={"Sec-Fetch-Site": "same-origin"}, max_redirects=0)
        return screen.go(path)

    def close(self) -> None:
        """Take a last picture of every browser, to see where a test stopped."""
        for number, context in enumerate(self.contexts):
            context.pages[-1].screenshot(path=self.folder / f"last-{number}.png")
            context.close()

    def _heard(self, message: ConsoleMessage) -> None:
        # Streamlit looks for its own server beside the page first, and asks again where it is
        looking_for_itself = "/_stcore/" in message.location.get("url", "") and "404" in message.text
        if message.type == "error" and not looking_for_itself:
            self.complaints.append(f"{message.text} ({message.location.get('url')})")


@dataclass
class Screen:
    """One page in one browser."""

    page: Page
    screens: Screens
    language: str = "zh"

    def go(self, path: str) -> Self:
        self.page.goto(self.screens.company.address + path)
        return self.settle()

    def settle(self) -> Self:
        """Wait until the script has run and nothing follows it at once."""
        self.page.wait_for_function(SETTLED)
        self.page.wait_for_timeout(250)
        self.page.wait_for_function(SETTLED)
        return self

    def press(self, words: str) -> Self:
        self.button(words).click()
        return self.settle()

    def button(self, words: str) -> Locator:
        said = self.page.get_by_text(words, exact=True)
        return self.page.locator("button:visible, a:visible").filter(has=said).first

    def fill(self, label: str, value: str) -> Self:
        """Type into the field that stands under a label, and leave it."""
        box = self.page.get_by_role("textbox", name=re.compile(rf"^{re.escape(label)}( \*)?$"))
        box.fill(value)
        box.press("Tab")
        return self.settle()

    def value(self, label: str) -> str:
        """What stands in a field; on a busy machine it comes a moment after the field itself."""
        box = self.page.get_by_role("textbox", name=re.compile(rf"^{re.escape(label)}( \*)?$"))
        box.wait_for()
        for _ in range(30):
            if said := box.input_value():
                return said
            self.page.wait_for_timeout(100)
        return ""

    def choose(self, label: str, option: str) -> Self:
        """Choose; a list that the page's own run has shut again is opened once more."""
        box = self.page.get_by_role("combobox", name=re.compile(re.escape(label)))
        for _ in range(4):
            box.click()
            with suppress(TimeoutError):
                self.page.get_by_role("option", name=option).click(timeout=4_000)
                return self.settle()
        raise AssertionError(f"{label} does not offer {option}")

    def chosen(self, label: str) -> str:
        """What stands in a field of choices."""
        return self.page.get_by_role("combobox", name=re.compile(re.escape(label))).input_value()

    def paste(self, lines: list[list[str]]) -> Self:
        """Paste lines into the page's table, as out of a spreadsheet, from its first cell on."""
        self.cell()
        self.page.evaluate("said => navigator.clipboard.writeText(said)", "\n".join("\t".join(one) for one in lines))
        self.page.keyboard.press("Control+V")
        return self.settle()

    def cell(self, row: int = 0) -> Self:
        """Put the cursor into a row, at its beginning. The table takes a moment until it listens."""
        table = self.page.get_by_test_id("stDataFrame").first
        first = (f'[id="glide-cell-{column}-{row}"][aria-selected="true"]' for column in (0, 1))
        chosen = table.locator(", ".join(first))
        for _ in range(10):
            table.evaluate("table => table.scrollIntoView({block: 'center'})")
            self.page.wait_for_timeout(300)
            table.click(position={"x": FIRST_CELL, "y": 52 + 35 * row})
            self.page.wait_for_timeout(300)
            if chosen.count():
                return self
            self.page.keyboard.press("Escape")
        raise AssertionError(f"the table does not take the cursor into row {row}")

    def type_last(self, row: int, values: list[str]) -> Self:
        """Type into the last columns of a row, cell by cell; an empty text leaves its cell as it is."""
        self.cell(row)
        for key in ["End"] + ["ArrowLeft"] * (len(values) - 1):
            self.page.keyboard.press(key)
        for value in values:
            if value:
                self.page.keyboard.press("Enter")  # opens the cell
                self.page.locator("#portal textarea, #portal input").fill(value)
            self.page.keyboard.press("Tab")
        return self.settle()

    def confirm(self, row: int, back: int = 1) -> Self:
        """Tick a box in a row of the table, so many columns before its last."""
        self.cell(row)
        for key in ["End"] + ["ArrowLeft"] * back + ["Space"]:
            self.page.keyboard.press(key)
        return self.settle()

    def day(self, label: str) -> str:
        """The day that stands in a date field."""
        parts = self._date(label).get_by_role("spinbutton")
        parts.first.wait_for()  # a busy machine draws it a moment later
        return "-".join(parts.all_inner_texts())

    def set_day(self, label: str, day: date) -> Self:
        self._date(label).get_by_role("spinbutton").first.click()
        self.page.keyboard.type(day.strftime("%Y%m%d"))
        self.page.keyboard.press("Tab")
        return self.settle()

    def _date(self, label: str) -> Locator:
        return self.page.get_by_test_id("stDateInput").filter(has_text=re.compile(rf"^{re.escape(label)}"))

    def note(self, words: str) -> Self:
        """Type a remark beside the buttons."""
        box = self.page.get_by_test_id("stBottom").get_by_role("textbox")
        box.fill(words)
        box.press("Tab")
        return self.settle()

    def tick(self, number: str) -> Self:
        self.page.get_by_role("checkbox", name=number, exact=True).click()
        return self.settle()

    def show(self, words: str) -> Self:
        self.page.get_by_text(words).first.scroll_into_view_if_needed()
        return self

    def number(self) -> str:
        """The number of the document that is open."""
        found = re.search(r"number=([A-Z]{2}-\d{6}-\d{4})", self.page.url)
        assert found, self.page.url
        return found.group(1)

    def has_help(self, least: int) -> Self:
        """Marks that explain a field stand beside at least so many."""
        expect(self.page.get_by_test_id("stTooltipIcon").nth(least - 1)).to_be_visible()
        return self

    def sees(self, *words: str) -> Self:
        for one in words:
            expect(self.page.get_by_text(one).filter(visible=True).first).to_be_visible(timeout=15_000)
        return self

    def does_not_see(self, *words: str) -> Self:
        for one in words:
            expect(self.page.get_by_text(one).filter(visible=True)).to_have_count(0)
        return self

    def fetch(self, link: str) -> APIResponse:
        """What the link with these words leads to, with this browser's cookie."""
        address = self.button(link).get_attribute("href")
        assert address, f"{link} leads nowhere"
        return self.page.context.request.get(f"{self.screens.company.address}{address}")

    def picture(self, name: str) -> Self:
        """A picture of the screen as it is; what no picture may show is complained of at the end."""
        self.page.screenshot(path=self.screens.folder / f"{name}.png")
        found = [f"{name}: wider than the screen"] if self.page.evaluate(TOO_WIDE) > 0 else []
        if self.language == "zh":
            found += [f"{name}: not Chinese: {word}" for word in sorted(self.foreign_words())]
        self.screens.complaints.extend(found)
        return self

    def foreign_words(self) -> set[str]:
        """Words of Latin letters on the page that are no names of formats."""
        seen = self.page.evaluate(WORDS_SEEN)
        return {word for word in re.findall(r"(?<![\w.@/-])[A-Za-z]{2,}(?![\w.@/-])", seen) if word not in FORMATS}
