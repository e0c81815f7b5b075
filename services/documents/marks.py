"""What whoever sees a paper has to know of it at once: asked for many papers at a time."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from services.documents import KINDS
from services.documents.kind import Mark

_AT_ONCE = 1000
"""A database takes only so many values in one question."""


def marks_of(session: Session, papers: Iterable[tuple[str, int]], now: datetime) -> dict[int, list[Mark]]:
    """The marks of papers, each given by its kind and id; most have none."""
    ids: dict[str, list[int]] = {}
    for code, id in papers:
        ids.setdefault(code, []).append(id)
    found: dict[int, list[Mark]] = {}
    for code, of_kind in ids.items():
        for start in range(0, len(of_kind), _AT_ONCE):
            found |= KINDS[code].marks(session, of_kind[start : start + _AT_ONCE], now)
    return found
