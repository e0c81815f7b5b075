"""The paper as it reads: sections with their fields, tables, figures, attachments. Nothing to type here."""

from collections.abc import Iterator, Mapping
from typing import Any
from unicodedata import east_asian_width

from sqlmodel import Session

from models import Document, Person, State, TaskState
from services.attachments import attachments_of
from services.capitals import in_capitals
from services.documents import KINDS
from services.documents.fields import Type, spec
from services.documents.kind import DocumentType, Lines, Row, lines_of
from services.documents.papers import detail_of
from services.documents.payable import payable
from services.documents.timeline import open_now
from services.documents.warned import Explained, explained
from services.engine.flow import tasks_of
from services.errors import Fault
from services.routes import Step, holds
from ui.clock import now
from ui.lines import line_name, lines_piece, readable
from ui.pieces import badge, block, boxed, heading, said, sign, strong
from ui.sheet import sheet_on_paper
from ui.texts import label, plain_fault, step_name, t, words

COLOURS = {
    State.DRAFT: "gray",
    State.RUNNING: "blue",
    State.RETURNED: "orange",
    State.WITHDRAWN: "gray",
    State.REJECTED: "red",
    State.CANCELLED: "gray",
    State.DONE: "green",
    State.REVERSING: "orange",
    State.REVERSED: "gray",
}
LONG = 19
"""Widths of a Latin letter (a Chinese character has two) up to which a value fits beside others in one line."""
HALF = 40
"""Up to which two fit beside each other."""


def called(session: Session, document: Document) -> str:
    """What the paper is called: its kind, or the sort of its kind that a field names."""
    kind, detail = KINDS[document.kind], detail_of(session, document)
    sort = getattr(detail, kind.sort, None) if kind.sort else None
    return words(sort) if sort else t(f"kind.{document.kind}")


def state_words(state: State, step: str | None) -> str:
    """Where a paper stands, in words: while it runs, at whose desk."""
    if state == State.RUNNING and step:
        doing = t(f"step.{step}.doing")
        return doing if doing != f"step.{step}.doing" else t("state.at_step", step=step_name(step))
    return t(f"state.{state}")


def paper(session: Session, document: Document) -> str:
    """The sections of a sent paper, as the paper form reads."""
    kind, detail = KINDS[document.kind], detail_of(session, document)
    if detail is None:
        return boxed(sign("info", "blue"), " ", said(t("document.only_draft")))
    values = readable(session, kind, kind.table, [detail], (*kind.fields, *kind.after))[0]
    by_step = {name for step in kind.route for name in _of_step(kind, step)} if kind.by_step else set()
    parts = [*_sections(session, kind, document, detail, values)]
    parts.append(_fields(kind, [name for name in kind.after if values[name] and name not in by_step], values))
    for one in () if kind.by_step else kind.added:
        if rows := lines_of(session, document, one):
            parts += [heading(t(f"{kind.code}.section.{one.name}")), _table(session, kind, one, rows)]
    parts.append(_figures(session, kind, document))
    return boxed(*parts) + "".join(_parts(session, kind, document, values) if kind.by_step else ())


def _sections(
    session: Session, kind: DocumentType, document: Document, detail: Any, values: Mapping[str, str]
) -> Iterator[str]:
    for section in kind.sections:
        asked = [item for item in section.items if isinstance(item, Row) and _was_asked(item, detail)]
        fields = [name for row in asked for name in row.fields if values[name]]
        tables = [(one, lines_of(session, document, one)) for one in section.items if isinstance(one, Lines)]
        filled = [(one, rows) for one, rows in tables if rows]
        if fields or filled:
            yield heading(t(section.key))
        yield _fields(kind, fields, values)
        for one, rows in filled:
            yield _table(session, kind, one, rows)


def _parts(session: Session, kind: DocumentType, document: Document, values: Mapping[str, str]) -> Iterator[str]:
    """What the steps fill in, each part under its step; of the one that is open, whose turn it is."""
    asked: dict[str, list[str]] = {}
    for one in open_now(session, document):
        asked.setdefault(one.step, []).extend(one.people)
    done = {task.step for task in tasks_of(session, document) if task.state == TaskState.DONE}
    for step in kind.route:
        if step.key not in done and step.key not in asked:
            continue
        fields = [name for name in _of_step(kind, step) if values[name] and not _says_no(kind, name, values[name])]
        tables = [one for one in kind.added if one.name == step.table and lines_of(session, document, one)]
        if not (fields or tables or (step.key in asked and (step.fields or step.table))):
            continue
        turn = ""
        if step.key in asked:
            names_ = t("print.list_separator").join(asked[step.key])
            turn = badge(t("paper.turn", names=names_), "blue", "edit")
        read = (_table(session, kind, lines, lines_of(session, document, lines)) for lines in tables)
        yield boxed(heading(step_name(step.key), turn), _fields(kind, fields, values), *read)


def _of_step(kind: DocumentType, step: Step) -> tuple[str, ...]:
    """What its owner fills in, and what follows from it."""
    return (*step.fields, *(name for name, key in kind.found_at.items() if key == step.key))


def _was_asked(row: Row, detail: Any) -> bool:
    """Does the paper ask for it at all? A general claim knows of no trip's days."""
    when = row.when
    return when is None or when.setting is not None or holds(when, getattr(detail, when.field), when.value)


def _says_no(kind: DocumentType, name: str, said: str) -> bool:
    """A question that was answered with no says nothing on the paper."""
    return spec(kind.table, name).kind == Type.YES_NO and said == words(False)


def points_to_check(session: Session, reader: Person, document: Document) -> str:
    """What the controls find odd about the paper, with its author's reasons: read by whoever signs it."""
    kind = KINDS[document.kind]
    found = explained(session, reader, document, kind, now())
    if not found:
        return ""
    parts = [heading(t("control.heading"), said(str(len(found)), "quiet"))]
    for one in found:
        fault = one.warned.fault
        mark = sign("block", "red") if one.warned.blocks else sign("warning", "orange")
        where = f"{_line_called(session, kind, document, fault)} " if fault.line else ""
        point = block(mark, " ", said(where + plain_fault(fault)))
        parts.append(block(point, block(said(_why(one)), look="small quiet")))
    return boxed(*parts, look="close")


def _line_called(session: Session, kind: DocumentType, document: Document, fault: Fault) -> str:
    lines = kind.lines(fault.table or "")
    row = next((one for one in lines_of(session, document, lines) if one.position == fault.line), None)
    return line_name(lines, row) if row else t("control.in_line", line=fault.line)


def _why(one: Explained) -> str:
    if one.warned.blocks:
        return t("control.blocks")
    return t("control.reason", reason=one.reason) if one.reason else t("control.no_reason")


def _table(session: Session, kind: DocumentType, lines: Lines, rows: list[Any]) -> str:
    return sheet_on_paper(kind, lines, rows) if lines.grid else lines_piece(session, kind, lines, rows)


def attachments(session: Session, document: Document) -> str:
    """Links to the files; the route behind them checks session and right again."""
    files = attachments_of(session, document)
    if not files:
        return ""
    lines = _lines_by_invoice(session, document)
    parts = [heading(t("document.attachments"), said(str(len(files)), "quiet"))]
    for file in files:
        inline = "/inline" if file.media_type in ("application/pdf", "image/png", "image/jpeg") else ""
        link = f'<a href="/files/{file.id}{inline}" target="_blank">{said(file.name)}</a>'
        small = said(f"{_size(file.size)}  {lines.get(file.invoice_key or '', '')}", "small quiet")
        parts.append(block(sign("attach_file"), " ", link, " ", small))
    return "".join(parts)


def _lines_by_invoice(session: Session, document: Document) -> dict[str, str]:
    """What the line of an invoice is called: its file stands with it."""
    kind = KINDS[document.kind]
    if kind.reads is None:
        return {}
    table = kind.lines(kind.reads)
    return {row.invoice_key: line_name(table, row) for row in lines_of(session, document, table) if row.invoice_key}


def _fields(kind: DocumentType, fields: list[str], values: Mapping[str, str]) -> str:
    """Label above value, side by side as many as there is room for; long texts take a line of their own."""
    if not fields:
        return ""
    wide = [name for name in fields if _width(values[name]) > HALF]
    beside = [name for name in fields if name not in wide]
    looks = {name: "field" if _width(values[name]) <= LONG else "field half" for name in beside}
    looks |= dict.fromkeys(wide, "field wide")
    return block(*(_field(kind, name, values[name], look) for name, look in looks.items()), look="fields")


def _width(said: str) -> int:
    return sum(2 if east_asian_width(one) in "WF" else 1 for one in said)


def _field(kind: DocumentType, name: str, value: str, look: str) -> str:
    return block(block(said(label(kind, name)), look="small quiet"), block(said(value)), look=look)


def _figures(session: Session, kind: DocumentType, document: Document) -> str:
    """What the lines add up to, right-aligned under them, and the amount in capitals."""
    parts = []
    for key, value in kind.facts(session, document):
        sums = "figure" if isinstance(value, str) else "figure sum"  # sums stand below each other
        parts.append(block(said(t(key), "quiet"), strong(words(value)), look=sums))
    if (amount := payable(session, document)) is not None:
        parts.append(block(said(t("form.capitals"), "quiet"), " ", strong(in_capitals(amount))))
    return block(*parts, look="figures") if parts else ""


def _size(size: int) -> str:
    return f"{max(size / 1024, 1):,.0f} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:,.1f} MB"
