"""What the records of a month hold, read once for all rules that ask for it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from models import Document, PaperClock, State, Task, TaskState
from services.documents import KINDS
from services.months import first_day, last_day, months_before
from services.people import local_day
from services.reports.cases import day_begins

_ASKED = (TaskState.OPEN, TaskState.DONE, TaskState.HELD)
_AT_ONCE = 500


@dataclass
class Records:
    """The papers, tasks and promises of a month, up to now. Answers are kept: many rules ask for the same."""

    session: Session
    month: str
    """As 202611."""
    now: datetime
    _kept: dict[Any, Any] = field(default_factory=dict)

    @property
    def start(self) -> datetime:
        return day_begins(first_day(self.month))

    @property
    def end(self) -> datetime:
        return day_begins(last_day(self.month) + timedelta(days=1))

    @property
    def until(self) -> datetime:
        """The month's end, or now while it lasts."""
        return min(self.end, self.now)

    @property
    def year(self) -> int:
        return int(self.month[:4])

    @property
    def previous(self) -> str:
        return months_before(self.month)

    @property
    def is_current(self) -> bool:
        return f"{local_day(self.now):%Y%m}" == self.month

    @staticmethod
    def days_of(month: str) -> tuple[date, date]:
        """The first and the last day of a month."""
        return first_day(month), last_day(month)

    def once(self, key: Any, ask: Callable[[], Any]) -> Any:
        """The answer to a question, asked at most once."""
        if key not in self._kept:
            self._kept[key] = ask()
        return self._kept[key]

    def sent(self, kind: str) -> list[Document]:
        """Papers of a kind that were sent in the month."""
        return self._papers(kind, "submitted_at")

    def approved(self, kind: str) -> list[Document]:
        """Papers of a kind whose last approval was given in the month."""
        return self._papers(kind, "approved_at")

    def finished(self, kind: str) -> list[Document]:
        """Papers of a kind that came to their end in the month."""
        return [paper for paper in self._papers(kind, "closed_at") if paper.state == State.DONE]

    def running(self, kind: str) -> list[Document]:
        """Papers of a kind that are under way now."""
        statement = select(Document).where(Document.kind == kind, Document.state == State.RUNNING)
        return self.once(("running", kind), lambda: list(self.session.exec(statement)))  # type: ignore[no-any-return]

    def due(self, kind: str) -> list[Task]:
        """Tasks of a kind that fell or fall due in the month."""
        statement = (
            select(Task)
            .join(Document, col(Document.id) == Task.document_id)
            .where(
                Document.kind == kind,
                col(Task.due_at) >= self.start,
                col(Task.due_at) < self.end,
                col(Task.state).in_(_ASKED),
            )
        )
        return self.once(("due", kind), lambda: list(self.session.exec(statement)))  # type: ignore[no-any-return]

    def promises(self, key: str) -> list[PaperClock]:
        """Promises of a sort that fell or fall due in the month."""
        statement = select(PaperClock).where(
            PaperClock.key == key, col(PaperClock.due_at) >= self.start, col(PaperClock.due_at) < self.end
        )
        return self.once(("promise", key), lambda: list(self.session.exec(statement)))  # type: ignore[no-any-return]

    def steps_done(self, papers: Iterable[Document]) -> dict[int, set[str]]:
        """By paper: the steps somebody signed or did, and that still stand."""
        ids = sorted({paper.id for paper in papers})
        return self.once(("done", tuple(ids)), lambda: self._steps_done(ids))  # type: ignore[no-any-return]

    def forms(self, papers: Iterable[Document]) -> list[tuple[Document, Any]]:
        """Papers of one kind with what they say."""
        every = list(papers)
        if not every:
            return []
        found: dict[int, Any] = self._kept.setdefault(("forms", every[0].kind), {})
        table: Any = KINDS[every[0].kind].table
        for ids in _parts([paper.id for paper in every if paper.id not in found]):
            found |= {
                row.document_id: row for row in self.session.exec(select(table).where(table.document_id.in_(ids)))
            }
        return [(paper, found[paper.id]) for paper in every if paper.id in found]

    def lines(self, table: Any, papers: Iterable[Document]) -> list[Any]:
        """Lines of papers."""
        found: list[Any] = []
        for ids in _parts([paper.id for paper in papers]):
            found += self.session.exec(select(table).where(table.document_id.in_(ids)))
        return found

    def _papers(self, kind: str, moment: str) -> list[Document]:
        at = getattr(Document, moment)
        statement = select(Document).where(Document.kind == kind, at >= self.start, at < self.end)
        return self.once((moment, kind), lambda: list(self.session.exec(statement)))  # type: ignore[no-any-return]

    def _steps_done(self, ids: list[int]) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {id: set() for id in ids}
        for part in _parts(ids):
            statement = select(Task.document_id, Task.step).where(
                col(Task.document_id).in_(part), Task.state == TaskState.DONE, col(Task.stands)
            )
            for document_id, step in self.session.exec(statement):
                found[document_id].add(step)
        return found


def _parts(ids: list[int]) -> Iterable[list[int]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
