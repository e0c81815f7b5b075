"""Inbox: what waits for me, decided here or one click away."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from models import Person
from services.addresses import whole_in
from services.database import reading, writing
from services.documents import KINDS
from services.documents.filling import visible
from services.durations import due_words, waited_words
from services.errors import Invalid
from services.inbox import SORTS, Tally, Waiting, acts_for_all, decide_many, tallies, waiting_for
from services.people import local_day
from services.routes import REJECT, RETURN
from ui.clock import now
from ui.rows import Cell, Chip, Column, Pages, Row, Small, address_of, draw_papers, icon_of
from ui.say import tell_next
from ui.session import signed_in
from ui.texts import fault_text, refusal, step_name, t, words

SHOWN = 25
LONGEST = 100
"""Letters that are sought, at most."""
VIEW = "inbox.view"
"""In session_state: the filter and order in which the inbox was looked at last; the way from paper to paper follows."""
_PRESSED = "inbox.pressed"


@dataclass(frozen=True)
class View:
    """What of the inbox is asked for: it stands in the address, and whatever makes no sense there is left out."""

    area: str | None = None
    text: str = ""
    sort: str = SORTS[0]
    page: int = 1

    @classmethod
    def read(cls, query: Mapping[str, str], areas: Collection[str]) -> "View":
        area, sort = query.get("area"), query.get("sort", "")
        text = visible(query.get("q", "")).strip()[:LONGEST]
        return cls(
            area if area in areas else None, text, sort if sort in SORTS else SORTS[0], whole_in(query.get("page")) or 1
        )

    @property
    def query(self) -> dict[str, str]:
        page = str(self.page) if self.page > 1 else ""
        said = {
            "area": self.area or "",
            "q": self.text,
            "sort": self.sort if self.sort != SORTS[0] else "",
            "page": page,
        }
        return {name: value for name, value in said.items() if value}

    @property
    def href(self) -> str:
        return address_of("inbox", **self.query)


def inbox() -> None:
    """Tasks by due time, filtered by area; several ticked are decided together."""
    me = signed_in()
    _decide_pressed(me)
    with reading() as session:
        counts = tallies(session, me, now())
        view = View.read(st.query_params, counts)  # where nothing waits any more the rest is shown
        asked: dict[str, Any] = {"area": view.area, "text": view.text, "sort": view.sort}
        sought = tallies(session, me, now(), area=view.area, text=view.text) if view.text else counts
        waiting = sum((one for of, one in sought.items() if view.area in (None, of)), Tally())
        pages = max(1, -(-waiting.count // SHOWN))
        view = replace(view, page=min(view.page, pages))
        offset = SHOWN * (view.page - 1)
        rows = waiting_for(session, me, now(), **asked, limit=SHOWN, offset=offset, with_budget=True)
    st.session_state[VIEW] = asked
    _head(view)
    chosen = _chosen(view, rows, waiting, counts, pages)
    if not rows:
        st.info(t("inbox.empty"), icon=":material/done_all:")
        return
    _bar(me, chosen)


def _head(view: View) -> None:
    st.session_state["inbox.search"] = view.text
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("menu.inbox"), anchor=False, width="content")
        st.space("stretch")
        st.text_input(
            t("list.search"), icon=":material/search:", placeholder=t("list.search_hint"), width=220,
            label_visibility="collapsed", key="inbox.search", max_chars=LONGEST,
            on_change=lambda: _turn(view, replace(view, page=1).query),
        )  # fmt: skip


def _turn(view: View, query: Mapping[str, str]) -> None:
    """Another area, order or page was chosen, or a word was typed, which counts in any case."""
    typed = str(st.session_state.get("inbox.search") or "")
    asked = View.read({**query, "q": typed}, {kind.area for kind in KINDS.values()})
    st.query_params.from_dict((asked if asked.text == view.text else replace(asked, page=1)).query)


def _chosen(view: View, rows: list[Waiting], waiting: Tally, counts: Mapping[str, Tally], pages: int) -> list[Waiting]:
    """Draw the rows, above them what narrows them down and how many are urgent; those that are ticked."""
    drawn = [
        Row(
            id=row.task_id,
            href=address_of(KINDS[row.kind].slug, number=row.number),
            cells=_cells(row),
            name=row.number,
            tick=row.decides,
        )
        for row in rows
    ]
    notes = [
        (t(f"inbox.{key}", count=count), f"badge {colour}")
        for key, count, colour in (("late", waiting.late, "red"), ("due_today", waiting.today, "orange"))
        if count
    ]
    first = replace(view, page=1)
    ticked = draw_papers(
        _heads(first), drawn, key="inbox.rows", look="inbox", every=t("inbox.tick_all"), chips=_areas(first, counts),
        notes=notes, pages=Pages(view.page, pages, first.href), on_turned=lambda query: _turn(view, query),
    )  # fmt: skip
    return [row for row in rows if row.task_id in ticked]


def _heads(view: View) -> list[Column]:
    heads = [Column(t("column.subject")), Column(t("column.applicant"), 126)]
    for name in ("amount", "waited", "due"):
        order = ("ascending" if name == "due" else "descending") if name == view.sort else ""
        heads.append(Column(t(f"column.{name}"), 126, right=True, href=replace(view, sort=name).href, order=order))
    return heads


def _areas(view: View, counts: Mapping[str, Tally]) -> list[Chip]:
    if len(counts) < 2:
        return []
    every = [(None, t("inbox.all"), sum(counts.values(), Tally()))]
    every += [(of, t(f"area.{of}"), one) for of, one in counts.items()]
    return [Chip(f"{name} {one.count}", replace(view, area=of).href, on=of == view.area) for of, name, one in every]


def _cells(row: Waiting) -> tuple[Cell, ...]:
    key, facts = waited_words(now() - row.opened_at)
    waited = t(f"step.{row.step}.later") if row.planned_end else t(key, **facts)
    amount = Cell("—", "quiet", right=True) if row.amount is None else Cell(words(row.amount), "strong", right=True)
    return (
        Cell(row.title, "strong", icon=icon_of(KINDS[row.kind].icon), small=_small_print(row)),
        Cell(row.applicant, small=((row.department, ""),)),
        amount,
        Cell(waited, "quiet", right=True),
        Cell(words(row.planned_end), "quiet", right=True) if row.planned_end else _due(row),
    )


def _small_print(row: Waiting) -> tuple[Small, ...]:
    said = [(t(f"kind.{row.kind}"), ""), (row.number, ""), (step_name(row.step), "")]
    if row.for_name:
        said.append((t("inbox.for", name=row.for_name), ""))
    if row.left is not None:
        left = t("inbox.budget_lacks" if row.left < 0 else "inbox.budget_left", amount=f"¥ {words(abs(row.left))}")
        said.append((left, "late" if row.left < 0 else ""))
    return (*said, *((t(mark.key), f"badge {mark.colour}") for mark in row.marks))


def _due(row: Waiting) -> Cell:
    if row.due_at is None:
        return Cell("—", "quiet", right=True)
    key, facts = due_words(row.due_at, now())
    late, today = row.due_at < now(), local_day(row.due_at) == local_day(now())
    return Cell(t(key, **facts), "late" if late else "today" if today else "", right=True)


def _bar(me: Person, chosen: list[Waiting]) -> None:
    if not chosen:
        return
    with reading() as session:
        offered = acts_for_all(session, me, [row.document_id for row in chosen], now())
    total = sum(row.amount or 0 for row in chosen)
    with st.bottom, st.container(horizontal=True, vertical_alignment="center"):
        for key in offered:
            _button(key, chosen)
        needing = [t(f"inbox.do.{key}") for key in offered if key in (RETURN, REJECT)]
        hint = t("action.note_needed", actions=t("word.comma").join(needing)) if needing else t("action.note")
        st.text_input(t("action.note"), placeholder=hint, key="inbox.note", label_visibility="collapsed")
        if not offered:
            st.markdown(f":gray[{t('inbox.nothing_common')}]", width="content")
        st.markdown(t("inbox.chosen", count=len(chosen), total=total), width="content")


def _button(key: str, chosen: list[Waiting]) -> None:
    icons = {"approve": ":material/check:", "return": ":material/undo:", "reject": ":material/close:"}
    look = "primary" if key == "approve" else "secondary"
    ticked = tuple((row.document_id, row.version) for row in chosen)
    st.button(
        t(f"inbox.do.{key}"),
        key=f"inbox.{key}",
        type=look,  # type: ignore[arg-type]
        icon=icons.get(key),
        on_click=_press,
        args=(key, ticked),
    )


def _press(*what: object) -> None:
    """Which papers were ticked, as they stood when the button was drawn: the list below it is another one by now."""
    st.session_state[_PRESSED] = what


def _decide_pressed(me: Person) -> None:
    """Decide on what was ticked. What somebody else was quicker with is named, with who it was."""
    pressed = st.session_state.pop(_PRESSED, None)
    if pressed is None:
        return
    action, ticked = pressed
    with writing() as session:
        results = decide_many(session, me, ticked, action, note=st.session_state.get("inbox.note", ""), now=now())
    refused: dict[str, list[str]] = {}
    for number, why in results:
        if why:
            said = "; ".join(map(fault_text, why.faults)) if isinstance(why, Invalid) else refusal(why)
            refused.setdefault(said, []).append(number)
    with st.bottom:  # where one has just pressed
        for said, numbers in refused.items():
            st.error(t("inbox.refused", numbers=t("word.comma").join(numbers), why=said), icon=":material/block:")
    if not refused:
        tell_next(t("inbox.told", count=len(results)))
        st.session_state.pop("inbox.note", None)
        st.rerun()
