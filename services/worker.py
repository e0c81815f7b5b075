"""The worker: looks again and again whom to remind and what to mail, once a day what has expired, and goes on when that
goes wrong.
"""

import logging
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from services.database import reading, writing
from services.engine import rehome_named
from services.engine.flow import take
from services.engine.promise_reminders import promises_due, remind_of_promise
from services.engine.reminders import due_now, remind_one
from services.mailing import note_interrupted, post
from services.maintenance import contracts_due, open_maintenance
from services.money.postings import expire_one, expired
from services.people import local_day

EVERY = 30
"""Seconds between two rounds."""

log = logging.getLogger("portal")


def work(
    clock: Callable[[], datetime],
    stop: threading.Event,
    *,
    every: float = EVERY,
    did: Callable[[Counter[str], datetime], None],
) -> None:
    """One round after the other until `stop` is set; `did` hears of each in which something was told."""
    today = None
    while not stop.is_set():
        now = clock()
        if today != local_day(now):
            today = local_day(now)
            one_day(now)
        if told := one_round(now):
            did(told, now)
        stop.wait(every)


def in_background(clock: Callable[[], datetime]) -> threading.Event:
    """Work in a thread that ends with its process; the event that is returned ends it sooner."""
    stop = threading.Event()
    facts = {"did": lambda told, _now: log.info("told: %s", dict(told))}
    threading.Thread(target=work, args=(clock, stop), kwargs=facts, name="reminders", daemon=True).start()
    return stop


def one_round(now: datetime) -> Counter[str]:
    """Tell everything that it is time for, each in a transaction of its own, and post the outbox; how much of each sort
    was told.
    """
    told: Counter[str] = Counter()
    for look, remind in ((due_now, remind_one), (promises_due, remind_of_promise)):
        found: list[int] = []
        with _failures_noted(), reading() as session:
            found = look(session, now)
        for id in found:
            with _failures_noted():
                with writing() as session:
                    done = remind(session, id, now)
                told.update(done)
    with _failures_noted():
        note_interrupted(now)
    with _failures_noted():
        told.update(Counter(mailed=post(now)))
    return +told


def one_day(now: datetime) -> int:
    """What is done once a day: who stands in from today on has what waits for him, and money reserved for trips that
    nobody claimed is let go. Maintenance that is due gets its orders. Returns for how many papers money was let go.
    """
    with _failures_noted(), writing() as session:
        rehome_named(session, now)
    freed = 0
    found: list[int] = []
    with _failures_noted(), reading() as session:
        found = expired(session, now)
    for document_id in found:
        with _failures_noted():
            with writing() as session:
                document = take(session, document_id)
                done = document is not None and bool(expire_one(session, document, now))
            freed += done
    _open_maintenance(now)
    return freed


def _open_maintenance(now: datetime) -> None:
    """Orders for the maintenance that is due under contracts."""
    due: list[int] = []
    with _failures_noted(), reading() as session:
        due = contracts_due(session, now)
    for contract_id in due:
        with _failures_noted(), writing() as session:
            open_maintenance(session, contract_id, now)


@contextmanager
def _failures_noted() -> Iterator[None]:
    """Whatever fails is written down under an id and must not keep the others from being reminded."""
    try:
        yield
    except Exception:
        log.exception("error %s in the worker", secrets.token_hex(4))
