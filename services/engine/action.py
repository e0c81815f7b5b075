"""What a person may do with a document, by key, and one act under way."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from models import Document, Person, Task
from services.engine.flow import Journey
from services.routes import Step

SUBMIT, WITHDRAW, CANCEL, COMMENT, REMIND = "submit", "withdraw", "cancel", "comment", "remind"
TRANSFER, ASK_BEFORE, ASK_AFTER, RECALL = "transfer", "ask_before", "ask_after", "recall"
SUPPLEMENT = "supplement"
CALL_BACK = "call_back"
PAUSE, RESUME, TAKE_BACK, REOPEN, REVERSE = "pause", "resume", "take_back", "reopen", "reverse"

SAYS_ONLY = frozenset({COMMENT, REMIND})
"""Acts that change nothing on the paper: whoever looked at it before may still act on what he saw."""
BEYOND_ROUTES = (
    SUBMIT,
    WITHDRAW,
    CANCEL,
    COMMENT,
    REMIND,
    SUPPLEMENT,
    TRANSFER,
    ASK_BEFORE,
    ASK_AFTER,
    RECALL,
    CALL_BACK,
    PAUSE,
    RESUME,
    TAKE_BACK,
    REOPEN,
    REVERSE,
)
"""The acts that no route has to name."""


@dataclass(frozen=True)
class Action:
    """Something a person may do with a document now. The button is drawn from it and the act is checked against it."""

    key: str
    needs_note: bool = False
    step: Step | None = None
    task_id: int | None = None
    for_person: Person | None = None
    """Whom the user stands in for, where it is not his own seat."""
    returns_to: tuple[str, ...] = ()
    """Steps a return may go to; the applicant always."""
    needs_person: bool = False
    """A colleague has to be chosen; `candidates` says who may be."""


@dataclass
class Act:
    """One act under way: what `act` hands to the functions that carry it out."""

    journey: Journey
    user: Person
    action: Action
    note: str
    to: str | None
    person: Person | None
    """The colleague chosen, where the action needs one."""
    mention: Sequence[int]
    answers: dict[str, Any]
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def session(self) -> Session:
        return self.journey.session

    @property
    def document(self) -> Document:
        return self.journey.document

    @property
    def now(self) -> datetime:
        return self.journey.now

    @property
    def task(self) -> Task:
        """The task that the action is about."""
        return self.journey.task(self.action.task_id)
