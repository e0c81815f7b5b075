"""From what a user typed to what may be stored: every field is checked on its own, then the paper as a whole.

Nothing typed is trusted: a choice outside its options, a forged column, an amount of three decimals each become a
fault beside the field, all at once, and nothing is stored.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session, SQLModel

from models import Document, Person
from services.documents.fields import Spec, Type, spec
from services.documents.kind import (
    LIES_WITH_ITS_AUTHOR,
    DocumentType,
    Filled,
    Lines,
    Row,
    is_asked,
    lines_of,
    offered_under,
)
from services.documents.lookups import options
from services.errors import Fault
from services.people import SHANGHAI

REASONS = "reasons"
"""Where a form keeps why what it is warned of is right: a text by the warning's mark."""
LONGEST_REASON = 200
_FAULTS = {
    "missing": "fault.required",
    "string_too_short": "fault.too_short",
    "string_too_long": "fault.too_long",
    "too_long": "fault.too_long",
    "decimal_max_places": "fault.decimals",
    "greater_than": "fault.above",
    "greater_than_equal": "fault.at_least",
    "less_than_equal": "fault.at_most",
    "enum": "fault.option",
    "string_pattern_mismatch": "fault.pattern",
    "hours": "fault.hours",
    "month_day": "fault.month_day",
    "month": "fault.month",
}
_YEARS = range(1900, 2200)
"""In which something happens; at the rim of the calendar there is no day before, and no other time zone."""
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
_BLANKS = frozenset(map(chr, (0x034F, 0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0, 0xFE0E, 0xFE0F)))
"""Letters, marks and symbols by their category, of which nothing is drawn."""
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0xFFE5: "¥"}
"""Full-width forms, as an input method sends them, to those a number is written in."""
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}([, ])[0-9]{3}(\1[0-9]{3})*(\.[0-9]*)?")
_NOUGHTS = ("-", "–", "—")
"""What a spreadsheet writes where an amount is nothing; copied out of it, it leaves the field open."""
_BY_TYPE = {
    Type.DATE: "fault.date",
    Type.MOMENT: "fault.date",
    Type.MONEY: "fault.number",
    Type.NUMBER: "fault.whole",
    Type.CHOICE: "fault.option",
}


def fill(
    session: Session,
    user: Person,
    kind: DocumentType,
    raw: Mapping[str, Any],
    now: datetime,
    document: Document | None = None,
) -> tuple[Filled, list[Fault]]:
    """Validate what was typed. Faults come field by field; the values returned are those that are valid.

    A new paper offers what it offers `user`; one that was begun offers what it offers its author, whoever types in it
    or decides on it by now.
    """
    filled = Filled(session, author_of(session, document, user), now, {}, {}, document)
    faults: list[Fault] = []
    for item in kind.items:
        if isinstance(item, Row):
            faults += _fill_row(filled, kind, item, raw)
        else:
            filled.lines[item.name] = []
            if is_asked(item, filled.values):
                faults += (
                    _draw_lines(filled, item) if item.drawn else fill_lines(filled, kind, item, raw.get(item.name))
                )
    filled.reasons = _reasons(kind, raw.get(REASONS))
    for name, follows in kind.follows.items():
        filled.values[name] = follows(filled)
    for check in kind.checks:
        faults += list(check(filled))
    return filled, faults


def author_of(session: Session, document: Document | None, user: Person) -> Person:
    """In whose name a paper is typed: of whoever began it, be it that `user` looks after it now."""
    return session.get_one(Person, document.created_by_id) if document is not None else user


def check_field(
    filled: Filled, kind: DocumentType, form: type[SQLModel], name: str, raw: Any, *, needed: bool = False
) -> tuple[Any, Fault | None]:
    """One field of a paper: its value, or what is wrong with it; a link must lead to what the field offers."""
    field = spec(form, name)
    if needed:
        field = replace(field, required=True)
    value, fault = check_value(field, raw)
    linked = field.kind in (Type.LINK, Type.LINKS) and value not in (None, [])
    if fault is None and linked and not _is_offered(filled, kind, field, value):
        return None, Fault(name, "fault.option")
    return value, fault


def check_value(field: Spec, raw: Any) -> tuple[Any, Fault | None]:
    """One value against its field's type and limits: the value, or what is wrong with it."""
    value = cleaned(field, raw)
    if value is None or value == []:
        return (None, Fault(field.name, "fault.required")) if field.required else (field.default, None)
    if field.required and field.kind in (Type.TEXT, Type.LONG_TEXT) and not says_something(str(value)):
        return None, Fault(field.name, "fault.required")
    if field.kind == Type.MONEY and not _is_number(value):
        return None, Fault(field.name, "fault.number")
    try:
        value = field.adapter.validate_python(value)
    except ValidationError as error:
        return None, _said(field, error)
    if field.kind in (Type.DATE, Type.MOMENT) and value.year not in _YEARS:
        return None, Fault(field.name, "fault.date")
    if field.kind == Type.MOMENT and value.tzinfo is None:
        value = value.replace(tzinfo=SHANGHAI)  # as a clock on the wall says it
    if field.kind == Type.LINKS:
        return list(dict.fromkeys(value)), None
    return value.quantize(Decimal("0.01")) if field.kind == Type.MONEY else value, None


def cleaned(field: Spec, raw: Any) -> Any:
    """What was typed without what nobody means: outer blanks, unseen characters, full-width digits, commas, ¥.

    A comma or blank counts as nothing between thousands only: 1,5 is no fifteen.
    """
    if raw is None or raw != raw:  # NaN is what an empty cell of a table becomes
        return None
    if not isinstance(raw, str):
        return str(raw) if field.kind == Type.MONEY else raw
    text = visible(raw).strip()
    if field.kind in (Type.MONEY, Type.NUMBER, Type.DATE):
        text = text.translate(_NARROW).replace(" ", "" if field.kind == Type.DATE else " ").strip("¥ ")
        text = re.sub("[, ]", "", text) if _THOUSANDS.fullmatch(text) else text
    return None if field.kind == Type.MONEY and text in _NOUGHTS else text or None


def visible(text: str) -> str:
    """Text without what nobody sees: control characters, and those that turn it round or pass for text."""
    return "".join(
        c for c in text.replace("\t", " ") if c == "\n" or (unicodedata.category(c) not in _UNSEEN and c not in _BLANKS)
    )


def says_something(text: str) -> bool:
    """Is there a letter, digit or symbol that is seen? Blanks, lone accents and dashes answer no question."""
    return any(unicodedata.category(c)[0] in "LNS" and c not in _BLANKS for c in text)


def _reasons(kind: DocumentType, raw: Any) -> dict[str, str]:
    """Why warnings are to be let pass, as far as something is said."""
    if kind.warnings is None or not isinstance(raw, Mapping):
        return {}
    said = {str(mark): " ".join(visible(why).split())[:LONGEST_REASON] for mark, why in raw.items() if why}
    return {mark: why for mark, why in said.items() if says_something(why)}


def _fill_row(filled: Filled, kind: DocumentType, row: Row, raw: Mapping[str, Any]) -> Iterator[Fault]:
    """The fields of a row; one that is not asked for holds nothing, whatever was typed into it before."""
    asked = is_asked(row, filled.values)
    for name in row.fields:
        if not asked:
            filled.values[name] = spec(kind.form, name).default
            continue
        value, fault = check_field(filled, kind, kind.form, name, raw.get(name), needed=name in row.needed)
        if fault:
            yield fault
        else:
            filled.values[name] = value


def fill_lines(filled: Filled, kind: DocumentType, table: Lines, raw: Any) -> Iterator[Fault]:
    """The lines of a table, those that are blank left out: what is wrong with them; the rest is in `filled`."""
    rows = written_lines(table, raw)
    if len(rows) < table.least:
        yield Fault(table.name, "fault.no_lines")
    if len(rows) > table.most:
        yield Fault(table.name, "fault.too_many_lines", {"most": table.most})
        return
    for number, row in enumerate(rows, start=1):
        line: dict[str, Any] = {}
        for name in table.columns:
            value, fault = check_field(filled, kind, table.form, name, row.get(name))
            if fault:
                yield Fault(name, fault.key, fault.facts, table.name, number)
            else:
                line[name] = value
        filled.lines[table.name].append(line)


def written_lines(table: Lines, raw: Any) -> list[Mapping[str, Any]]:
    """The lines of a table as typed, without those that are blank."""
    return [row for row in raw or [] if isinstance(row, Mapping) and not _is_blank(table, row)]


def _draw_lines(filled: Filled, table: Lines) -> Iterator[Fault]:
    """Lines that nobody types: drawn anew while the paper lies with its author, from then on as they were sent."""
    document = filled.document
    if document is None or document.state in LIES_WITH_ITS_AUTHOR:
        found = table.drawn(filled) if table.drawn else []
    else:
        stored = lines_of(filled.session, document, table)
        found = [{name: getattr(row, name) for name in table.columns} for row in stored]
    if len(found) < table.least:
        yield Fault(table.name, "fault.nothing_drawn")
    if len(found) > table.most:
        yield Fault(table.name, "fault.too_many_lines", {"most": table.most})
    filled.lines[table.name] = found


def _is_blank(table: Lines, row: Mapping[str, Any]) -> bool:
    return all(cleaned(spec(table.form, name), row.get(name)) in (None, []) for name in table.columns)


def _is_number(text: str) -> bool:
    digits = text[1:] if text[:1] in "+-" else text
    whole, point, rest = digits.partition(".")
    return whole.isascii() and whole.isdigit() and (not point or (rest.isascii() and rest.isdigit()))


def _is_offered(filled: Filled, kind: DocumentType, field: Spec, value: Any) -> bool:
    above = kind.narrowed_by.get(field.name)
    if field.name not in filled.offers:
        found = options(filled.session, filled.user, kind, field, filled.now)
        if above and _is_known(filled, kind, above):
            found = offered_under(found, filled.values[above])
        filled.offers[field.name] = frozenset(option.value for option in found)
    offered = filled.offers[field.name].issuperset(value if isinstance(value, list) else [value])
    return offered or (field.table in _OUTLIVED and _goes_on_with(filled, field.name, value))


_OUTLIVED = ("customer", "product")
"""Tables whose rows go out of use while papers about them are on their way."""


def _goes_on_with(filled: Filled, name: str, value: Any) -> bool:
    """Does the paper from which this one was started name the same? Then it goes on with it, be it out of use by now:
    a visit is invoiced, and a case asked about, all the same.
    """
    from services.documents.papers import detail_of  # papers ask the registry, whose kinds are filled in here

    source = filled.session.get(Document, filled.document.source_id or 0) if filled.document else None
    return source is not None and getattr(detail_of(filled.session, source), name, None) == value


def _is_known(filled: Filled, kind: DocumentType, name: str) -> bool:
    """Is a field valid, and so is what it hangs on? Else what it would narrow is at no fault of its own."""
    rows = (item for item in kind.items if isinstance(item, Row) and name in item.fields)
    return name in filled.values and all(row.when is None or row.when.field in filled.values for row in rows)


def _said(field: Spec, error: ValidationError) -> Fault:
    first = error.errors()[0]
    facts = {key: value for key, value in (first.get("ctx") or {}).items() if key != "error"}
    return Fault(field.name, _FAULTS.get(first["type"]) or _BY_TYPE.get(field.kind, "fault.value"), facts)
