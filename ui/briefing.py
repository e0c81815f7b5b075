"""The leadership's briefing as a PDF and as slides: the same figures, the portal's own charts as pictures."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Cm, Pt
from sqlmodel import Session

from models import Person
from services.months import month_said
from services.prints.render import company_name, draw
from services.reports.briefing import FEW, Briefing, Figure
from services.texts import said
from ui.charts import Builder, budget, complaints, compliance, drawing, picture, service
from ui.texts import language, t, words

_WIDE, _TALL = 33.87, 19.05
"""A slide of 16 by 9, in centimetres."""
_EDGE = 1.6
_GOOD, _BAD, _INK, _FAINT, _ACCENT = "2A9367", "D3404C", "1F2430", "6B7280", "2F5FD0"
_NUMBER = re.compile(r"[-\d.,]*")
_LONG = 60
"""Characters above which a column grows no wider."""
_CLAUSES = 20
"""Clauses that the PDF names; how many more there are it says."""
_BLANK = 6
"""The layout without anything on it."""


@dataclass(frozen=True)
class Chart:
    """A chart of the briefing: its title's text key, what draws it, its rows, and its size in pixels."""

    key: str
    build: Builder
    rows: list[dict[str, Any]]
    width: int
    height: int

    @property
    def png(self) -> bytes:
        return picture(self.build, self.rows, width=self.width, height=self.height)

    @property
    def svg(self) -> str:
        return drawing(self.build, self.rows, width=self.width, height=self.height)


def to_pdf(session: Session, reader: Person, found: Briefing, now: datetime) -> bytes:
    """The briefing as PDF (A4), in the language that is spoken."""
    parts = [
        {
            "title": t(f"briefing.part.{key}"),
            "charts": [{"title": t(one.key), "svg": one.svg} for one in charts],
            "head": head,
            "rows": rows,
            "numbers": _numbers(head, rows),
            "lengths": _lengths(head, rows),
        }
        for key, charts, head, rows in _parts(found)
    ]
    data = {
        "language": language(),
        "company": company_name(session, language(), now),
        "title": t("briefing.title", month=month_said(found.month)),
        "made": t("briefing.made", at=said(language(), now), by=reader.name),
        "scope": t("briefing.scope", weeks=found.cases.scope.weeks),
        "figures": [_shown(one) for one in found.figures],
        "parts": parts,
    }
    return draw("briefing", data, now)


def to_slides(session: Session, reader: Person, found: Briefing, now: datetime) -> bytes:
    """The briefing as slides (PPTX, 16 by 9), in the language that is spoken."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Cm(_WIDE), Cm(_TALL)
    _first_slide(deck, session, reader, found, now)
    for key, charts, head, rows in _parts(found):
        slide = _slide(deck, t(f"briefing.part.{key}"))
        room = (_WIDE - 2 * _EDGE) / len(charts)
        for place, chart in enumerate(charts):
            left = _EDGE + place * room
            _write(slide, t(chart.key), left, 2.9, room, 13, bold=True)
            height = min((room - 0.6) * chart.height / chart.width, 8.6)
            width = height * chart.width / chart.height
            slide.shapes.add_picture(BytesIO(chart.png), Cm(left), Cm(3.8), Cm(width), Cm(height))
        _table(slide, head, rows[:4], 12.9)
    for number, slide in enumerate(deck.slides, start=1):
        _write(slide, f"{number} / {len(deck.slides)}", _WIDE - _EDGE - 2, 17.9, 2, 10, colour=_FAINT, right=True)
    file = BytesIO()
    deck.save(file)
    return file.getvalue()


Part = tuple[str, list[Chart], list[str], list[list[str]]]


def _parts(found: Briefing) -> Iterator[Part]:
    """Rules, money, complaints, service: each with its charts, and a table."""
    yield (
        "rules",
        [Chart("compliance.wall", compliance.wall, compliance.wall_rows(found.states), 800, 260)],
        *_rules(found),
    )
    forecast = found.burn.forecasts[0] if found.burn.forecasts else None
    yield (
        "money",
        [
            Chart("briefing.course", budget.course, budget.course_rows(found.burn, forecast), 440, 240),
            Chart("burn.use", budget.use, budget.use_rows(found.burn.lines), 440, 240),
        ],
        *_money(found),
    )
    yield (
        "cases",
        [
            Chart("turnaround.flow", complaints.weeks, complaints.weeks_rows(found.cases), 420, 210),
            Chart("turnaround.causes", complaints.causes, complaints.causes_rows(found.cases), 420, 210),
        ],
        *_cases(found),
    )
    yield (
        "service",
        [
            Chart("briefing.orders", complaints.weeks, complaints.weeks_rows(found.service), 420, 210),
            Chart("briefing.categories", service.categories, service.category_rows(found.service), 420, 210),
        ],
        *_service(found),
    )


def _rules(found: Briefing) -> tuple[list[str], list[list[str]]]:
    """The clauses that need attention."""
    head = [t(f"compliance.column.{name}") for name in ("id", "says", "standing", "figure")]
    rows = []
    for state in found.attention[:_CLAUSES]:
        key, facts = state.figure
        figure = t(key, **facts) + (t("compliance.due", day=state.due) if state.due else "")
        rows.append([state.clause.id, state.clause.says[language()], t(f"compliance.{state.standing}"), figure])
    if more := len(found.attention) - len(rows):
        rows.append(["", t("briefing.more", count=more), "", ""])
    return head, rows


def _money(found: Briefing) -> tuple[list[str], list[list[str]]]:
    """The lines of the budget that are used most, in yuan."""
    head = [t("column.department"), t("burn.category"), t("burn.plan"), t("burn.spent"), t("burn.reserved"), "%"]
    return head, [
        [
            line.department,
            words(line.category),
            words(line.sums.plan),
            words(line.sums.spent),
            words(line.sums.reserved),
            f"{(line.sums.share or 0) * 100:.0f}",
        ]
        for line in found.departments
    ]


def _cases(found: Briefing) -> tuple[list[str], list[list[str]]]:
    """Cases received, by product: the most first."""
    head = [t("register.product"), t("turnaround.cases"), t("turnaround.closed"), t("turnaround.median")]
    groups = found.cases.groups(lambda case: case.product or "—")
    return head, [
        [one.name, str(one.count), str(one.closed), "" if one.median is None else f"{one.median:.1f}"]
        for one in groups[:FEW]
    ]


def _service(found: Briefing) -> tuple[list[str], list[list[str]]]:
    """Who served in the month: visits, how many of them solved what was wrong, hours."""
    head = [t("role.technician"), t("briefing.visits"), t("briefing.solved"), t("briefing.hours")]
    return head, [
        [one.name, str(one.visits), str(one.solved), f"{one.hours:.1f}"] for one in found.service.technicians[:FEW]
    ]


def _shown(one: Figure) -> dict[str, str]:
    return {
        "name": t(f"briefing.{one.name}"),
        "said": t(f"briefing.said.{one.name}", **one.facts) if one.facts else "—",
        "colour": _colour(one),
    }


def _colour(one: Figure) -> str:
    return _INK if one.well is None else _GOOD if one.well else _BAD


# --- slides


def _first_slide(deck: Any, session: Session, reader: Person, found: Briefing, now: datetime) -> None:
    slide = _slide(deck, t("briefing.title", month=month_said(found.month)))
    made = t("briefing.made", at=said(language(), now), by=reader.name)
    _write(slide, f"{company_name(session, language(), now)}  {made}", _EDGE, 2.8, 30, 12, colour=_FAINT)
    room = (_WIDE - 2 * _EDGE) / 4
    for place, one in enumerate(found.figures):
        left, top = _EDGE + place % 4 * room, 5.4 + place // 4 * 5.6
        _write(slide, t(f"briefing.{one.name}"), left, top, room, 14, colour=_FAINT)
        _write(slide, _shown(one)["said"], left, top + 1.0, room, 24, bold=True, colour=_colour(one))
    _write(slide, t("briefing.scope", weeks=found.cases.scope.weeks), _EDGE, 17.2, 30, 11, colour=_FAINT)


def _slide(deck: Any, title: str) -> Any:
    slide = deck.slides.add_slide(deck.slide_layouts[_BLANK])
    _write(slide, title, _EDGE, 1.1, 30, 26, bold=True)
    return slide


def _write(
    slide: Any,
    said_so: str,
    left: float,
    top: float,
    width: float,
    size: int,
    *,
    bold: bool = False,
    colour: str = _INK,
    right: bool = False,
) -> None:
    frame = slide.shapes.add_textbox(Cm(left), Cm(top), Cm(width), Cm(1.2)).text_frame
    frame.word_wrap = True
    frame.margin_left = 0
    if right:
        frame.paragraphs[0].alignment = PP_ALIGN.RIGHT
    _run(frame.paragraphs[0], said_so, size, bold=bold, colour=colour)


def _run(paragraph: Any, said_so: str, size: int, *, bold: bool = False, colour: str = _INK) -> None:
    run = paragraph.add_run()
    run.text = said_so
    run.font.size, run.font.bold, run.font.name = Pt(size), bold, "Arial"
    run.font.color.rgb = RGBColor.from_string(colour)
    chinese = run._r.get_or_add_rPr().makeelement(qn("a:ea"), {"typeface": "Microsoft YaHei"})
    run._r.get_or_add_rPr().append(chinese)


def _table(slide: Any, head: list[str], rows: list[list[str]], top: float) -> None:
    if not rows:
        return
    shape = slide.shapes.add_table(len(rows) + 1, len(head), Cm(_EDGE), Cm(top), Cm(_WIDE - 2 * _EDGE), Cm(4.4))
    lengths = _lengths(head, rows)
    for column, length in enumerate(lengths):
        shape.table.columns[column].width = Cm((_WIDE - 2 * _EDGE) * length / sum(lengths))
    numbers = _numbers(head, rows)
    for number, row in enumerate([head, *rows]):
        for column, value in enumerate(row):
            cell = shape.table.cell(number, column)
            if numbers[column]:
                cell.text_frame.paragraphs[0].alignment = PP_ALIGN.RIGHT
            _run(cell.text_frame.paragraphs[0], value, 11, bold=not number, colour="FFFFFF" if not number else _INK)
            cell.fill.solid()
            cell.fill.fore_color.rgb = RGBColor.from_string(_ACCENT if not number else "FFFFFF")


def _numbers(head: list[str], rows: list[list[str]]) -> list[bool]:
    """Which columns of a table hold numbers: they stand to the right."""
    return [all(_NUMBER.fullmatch(row[column]) for row in rows) for column in range(len(head))]


def _lengths(head: list[str], rows: list[list[str]]) -> list[int]:
    """How wide the columns of a table are, in proportion to each other."""
    return [min(max(len(row[column]) for row in [head, *rows]), _LONG) + 4 for column in range(len(head))]


MAKERS: dict[str, Callable[[Session, Person, Briefing, datetime], bytes]] = {"pdf": to_pdf, "pptx": to_slides}
