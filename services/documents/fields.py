"""What a field is, read from its table: type, limits, whether it may be empty. Forms, papers and lists ask here."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo
from sqlmodel import SQLModel

from models import IS_CLAUSE, IS_FIGURE, IS_MONTH

LONG_TEXT = 201
"""From this many characters on a text is written in a box of several lines."""


class Type(StrEnum):
    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    MOMENT = "moment"
    YES_NO = "yes_no"
    CHOICE = "choice"
    LINK = "link"
    """One row of another table: a person, an expense type, a document; or a clause of the policies."""
    LINKS = "links"
    """Several people."""
    FIGURE = "figure"
    """A number with two decimals that is no amount of money."""
    MONTH = "month"
    """As 202611; said as 2026-11."""


@dataclass(frozen=True)
class Spec:
    """A field as forms and checks see it."""

    name: str
    kind: Type
    required: bool
    default: Any
    longest: int | None
    choices: type[StrEnum] | None
    table: str | None
    """The table a link leads to."""
    adapter: TypeAdapter[Any]


@cache
def spec(form: type[SQLModel], name: str) -> Spec:
    """The field of a form; an unknown name is an error of ours."""
    return spec_of(name, form.model_fields[name])


def spec_of(name: str, info: FieldInfo) -> Spec:
    """A field that stands alone."""
    inner = _without_none(info.annotation)
    longest = _longest(info)
    kind, choices, table = _type_of(info, inner, name, longest)
    default = info.get_default(call_default_factory=True) if not info.is_required() else None
    optional = inner is not info.annotation or kind in (Type.LINKS, Type.YES_NO)
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[info.annotation, name, *info.metadata])  # type: ignore[arg-type]
    return Spec(name, kind, not optional, default, longest, choices, table, adapter)


def _type_of(
    info: FieldInfo, inner: Any, name: str, longest: int | None
) -> tuple[Type, type[StrEnum] | None, str | None]:
    keys = (getattr(m, "foreign_key", None) for m in info.metadata)
    foreign_key = next((key for key in keys if isinstance(key, str)), "")
    if foreign_key:
        return Type.LINK, None, foreign_key.split(".")[0]
    if IS_FIGURE in info.metadata:
        return Type.FIGURE, None, None
    if IS_CLAUSE in info.metadata:
        return Type.LINK, None, "clause"
    if get_origin(inner) is list:
        return Type.LINKS, None, "person"
    if isinstance(inner, type) and issubclass(inner, StrEnum):
        return Type.CHOICE, inner, None
    if IS_MONTH in info.metadata:
        return Type.MONTH, None, None
    plain = {Decimal: Type.MONEY, bool: Type.YES_NO, int: Type.NUMBER, datetime: Type.MOMENT, date: Type.DATE}
    for python_type, kind in plain.items():
        if inner is python_type:
            return kind, None, None
    return (Type.LONG_TEXT if (longest or 0) >= LONG_TEXT else Type.TEXT), None, None


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        inner = [arg for arg in get_args(annotation) if arg is not type(None)]
        annotation = inner[0] if len(inner) == 1 else annotation
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _longest(info: FieldInfo) -> int | None:
    return next((m.max_length for m in info.metadata if getattr(m, "max_length", None) is not None), None)
