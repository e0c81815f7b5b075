"""What a page shows and does, as its reader would say it: all that is to be read, the menu, a button pressed."""

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Element
from streamlit.util import calc_hash

from models import Person
from services.texts import catalogue, text
from tests.browsing import browse

KEY = re.compile(r"\b[A-Za-z_]+(?:\.[A-Za-z_]\w*)+\b|\{\w+\}")
CHINESE = re.compile("[\u4e00-\u9fff]")

_ROWS = "bidi_component"

_menu: list[tuple[str, str]] = []
"""Of the last page that was looked at: addresses and words."""


def zh(key: str, **facts: Any) -> str:
    return text("zh", key, **facts)


def en(key: str, **facts: Any) -> str:
    return text("en", key, **facts)


# --- going somewhere


def visit(monkeypatch: pytest.MonkeyPatch, who: Person | None, address: str, language: str, **query: str) -> AppTest:
    """A new browser, in which somebody opens a page."""
    app = browse(monkeypatch, who, address, language, **query)
    return _settled(app)


def go(app: AppTest, address: str, **query: str) -> AppTest:
    """Another page in the same browser; what was typed on this one stays behind."""
    app._page_hash = calc_hash(address)
    app.query_params.clear()
    app.query_params.update(query)
    return _settled(app._run(None))


def run(app: AppTest) -> AppTest:
    """What was typed reaches the portal."""
    return _settled(app.run())


def press(app: AppTest, key: str) -> AppTest:
    return _settled(app.button(key=key).click().run())


def press_named(app: AppTest, label: str) -> AppTest:
    return _settled(next(button for button in app.button if button.label == label).click().run())


def type_in(app: AppTest, **values: Any) -> AppTest:
    """Fill in fields by the end of their key (`origin="..."`), whatever sort of field each is; nothing is sent yet."""
    for name, value in values.items():
        _field(app, name).set_value(value)
    return app


def edit_table(app: AppTest, name: str, rows: Mapping[int, Mapping[str, Any]], added: Any = ()) -> AppTest:
    """Type into the cells of a table: row number (from 0) -> column -> value."""
    key = next(table.key for table in app.dataframe if table.key and table.key.endswith(f".{name}"))
    edits = {row: dict(cells) for row, cells in rows.items()}
    app.session_state[key] = {"edited_rows": edits, "added_rows": list(added), "deleted_rows": []}
    return app


def forge(app: AppTest, press: str, **values: Any) -> AppTest:
    """Press a button as a client does that sends, for some fields, what it was never offered."""
    app.button(key=press).click()
    states = app._tree.get_widget_states()
    for name, value in values.items():
        state = next((one for one in states.widgets if one.id == _field(app, name).id), None)
        assert state, name
        if isinstance(value, list):
            state.string_array_value.data[:] = value
        else:
            state.string_value = value
    return _settled(app._run(states))


def rows(app: AppTest) -> list[dict[str, Any]]:
    """The rows that lead to papers, as they reach the browser."""
    return [row for element in app.main.get(_ROWS) for row in json.loads(element.proto.json)["rows"]]


def columns(app: AppTest) -> list[dict[str, Any]]:
    """The headings above them."""
    return [column for element in app.main.get(_ROWS) for column in json.loads(element.proto.json)["columns"]]


def pages(app: AppTest) -> Any:
    """Which page of how many they are, and where the first one lies."""
    return json.loads(app.main.get(_ROWS)[0].proto.json)["pages"]


def chips(app: AppTest) -> list[str]:
    """The chips above them that are on."""
    return [chip["label"] for chip in _chips(app) if chip.get("on")]


def follow(app: AppTest, name: str) -> AppTest:
    """Click the chip or the heading of this name."""
    one = next(one for one in (*_chips(app), *columns(app)) if one["label"] == name)
    return turn(app, f"?flip={one['flips']}" if one.get("flips") else one["href"])


def turn(app: AppTest, link: object) -> AppTest:
    states = app._tree.get_widget_states()
    said = [{"event": "turned", "value": urlsplit(link).query if isinstance(link, str) else link}]
    of = f"$$STREAMLIT_INTERNAL_KEY_{app.main.get(_ROWS)[0].proto.id}__events"
    states.widgets.add(id=of, json_trigger_value=json.dumps(said))
    return _settled(app._run(states))


def _chips(app: AppTest) -> list[dict[str, Any]]:
    return [chip for element in app.main.get(_ROWS) for chip in json.loads(element.proto.json)["chips"]]


def tick(app: AppTest, *numbers: str) -> AppTest:
    """Tick the rows of these papers, as the browser says it: by the rows' ids."""
    return tell_rows(app, {"ticked": [row["id"] for row in rows(app) if row["name"] in numbers]})


def tell_rows(app: AppTest, said: object) -> AppTest:
    """What a browser sends for the rows, whatever it is."""
    states = app._tree.get_widget_states()
    states.widgets.add(id=app.main.get(_ROWS)[0].proto.id, json_value=json.dumps(said))
    return _settled(app._run(states))


def open_row(app: AppTest, row: int) -> AppTest:
    """Follow the link of a row that leads to a paper."""
    return _follow(app, rows(app)[row]["href"])


def _follow(app: AppTest, link: str) -> AppTest:
    leads = urlsplit(link)
    return go(app, leads.path.removeprefix("/"), **dict(parse_qsl(leads.query)))


def pick_row(app: AppTest, row: int) -> AppTest:
    """Click a cell of the page's first table that answers a click."""
    table = next(one for one in app.dataframe if one.key)
    column = table.value.columns[0]
    app.session_state[table.key] = {"selection": {"rows": [], "columns": [], "cells": [(row, column)]}}
    return run(app)


# --- what is there to see


def shown(app: AppTest) -> str:
    """Everything that a reader reads on the page, in its menu and in passing messages; what the bell tells is apart."""
    said = dict.fromkeys(part for element in app._tree for part in _words(element) if not _rings(element))
    return "\n".join([*said, *menu_words()])


def markup(app: AppTest) -> str:
    """What is drawn as HTML, as it reaches the browser: what people typed may be no part of it but words."""
    return "\n".join(str(element.proto.body) for element in app.get("html"))


def bell(app: AppTest) -> list[str]:
    """What the bell tells once it is opened, the newest first."""
    app.session_state["bell.open"] = True
    app = run(app)
    return [element.proto.label.replace("\\", "") for element in app.get("page_link") if _rings(element)]


def _rings(element: Element | Block) -> bool:
    return element.type == "page_link" and ":small[:gray[" in element.proto.label


def errors(app: AppTest) -> list[str]:
    return [element.value for element in app.error]


def faults(app: AppTest) -> list[str]:
    """What stands in red beside fields, in order."""
    return [m.group(1) for one in app.markdown if (m := re.fullmatch(r":red\[:small\[(.*)\]\]", one.value, re.S))]


def told(app: AppTest) -> list[str]:
    """Passing messages."""
    return [toast.value for toast in app.get("toast")]


def buttons(app: AppTest, part: str = "") -> list[str]:
    """Ends of the keys of the page's buttons: `buttons(app, "do.")` are the actions offered on a document."""
    keys = [button.key for button in app.button if button.key]
    return [key[key.index(part) + len(part) :] for key in keys if part in key]


def address(app: AppTest) -> tuple[str, dict[str, str]]:
    """Where the browser is now: the page's address and its parameters."""
    page = app._registered_pages[app._finished_page_script_hash]
    query = {key: value[0] if isinstance(value, list) else value for key, value in app.query_params.items()}
    return page["url_pathname"], query


def menu() -> list[str]:
    """Addresses in the menu, in order."""
    return [path for path, _ in _menu]


def menu_words() -> list[str]:
    return [title for _, title in _menu]


def _note_menu(app: AppTest) -> None:
    drawn = [json.loads(piece.proto.json)["menu"] for piece in app.sidebar.get(_ROWS)]
    shown = [page for menu in drawn for area in [{"pages": menu["first"]}, *menu["areas"]] for page in area["pages"]]
    _menu[:] = [(page["href"].removeprefix("/"), _menu_word(**page)) for page in shown]


def _menu_word(name: str, count: int | None = None, **_: object) -> str:
    return f"{name} **{count}**" if count else name


def raw_keys(app: AppTest) -> set[str]:
    """Text keys and unfilled facts that are shown in place of a text."""
    known = {key.split(".")[0] for key in catalogue("zh")}
    return {one for one in KEY.findall(shown(app)) if one.startswith("{") or one.split(".")[0] in known}


def chinese_labels(app: AppTest) -> set[str]:
    """Labels in Chinese on a page that is read in English; names and papers are as typed."""
    labels = {e.label for sort in _LABELLED for e in app.get(sort) if isinstance(e.label, str)}
    return {label for label in labels if CHINESE.search(label)} - {en("language.zh")}


_LABELLED = (
    "text_input", "text_area", "selectbox", "multiselect", "date_input", "checkbox", "radio", "button_group", "metric",
    "link_button",
)  # fmt: skip


def _settled(app: AppTest) -> AppTest:
    assert not app.exception, [one.value for one in app.exception]
    _note_menu(app)
    app._page_hash = ""  # from here on the portal says which page it is
    return app


def _field(app: AppTest, name: str) -> Any:
    found = [
        element
        for element in app._tree
        if (getattr(element, "key", None) or "").rpartition(".")[2] == name and hasattr(element, "set_value")
    ]
    assert found, f"no field {name}"
    return found[0]


def _words(element: Element | Block) -> Iterator[str]:
    if element.type == "html":
        body = str(getattr(element.proto, "body", ""))
        if not body.lstrip().startswith(("<style", "/*")):
            yield html.unescape(re.sub(r"<[^>]+>", "\n", body))
        return
    for name in ("label", "value", "body", "help", "delta"):
        value = getattr(element, name, None)
        if isinstance(value, str):
            yield value
    if isinstance(options := getattr(element, "options", None), list):
        yield from (str(option) for option in options)
    if placeholder := getattr(getattr(element, "proto", None), "placeholder", None):
        yield str(placeholder)
    if element.type in ("dataframe", "table"):
        yield from _table_words(element)
    if element.type == _ROWS:
        said = json.loads(element.proto.json)
        if "rows" in said:
            yield from _row_words(said)
        elif "menu" in said:  # a box to sign in is neither
            yield from _foot_words(said["menu"])


def _foot_words(menu: dict[str, Any]) -> Iterator[str]:
    """The menu's own words are noted apart."""
    yield from (menu["roles"], *(page["name"] for page in menu["own"]))


def _row_words(data: dict[str, Any]) -> Iterator[str]:
    yield from (one["label"] for one in (*data["chips"], *data["columns"]))
    yield from (*(words for words, _ in data["notes"]), data["foot"])
    for cell in (cell for row in data["rows"] for cell in row["cells"]):
        if isinstance(cell, str):
            yield cell
        else:
            yield from (cell["text"], *(part for part, _ in cell.get("small", ())))


def _table_words(element: Any) -> Iterator[str]:
    columns = json.loads(getattr(element.proto, "columns", "") or "{}")
    said = {name: column.get("label") for name, column in columns.items()}
    frame = element.value
    for name in frame.columns:
        heading = str(said.get(name) or name)
        yield f"column.{name}" if re.fullmatch("[a-z_]+", heading) else heading  # a field's name is no heading
    yield from (str(cell) for row in frame.itertuples(index=False) for cell in row if cell is not None)
