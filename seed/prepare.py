"""Sees to it that a database holds the demonstration, and never touches one that holds anything else."""

import shutil
from collections.abc import Callable
from datetime import datetime

from seed.company import load_expense_types
from seed.demo import seed_demo
from services.accounts.demonstration import is_demo
from services.accounts.first import is_new
from services.config import data_folder
from services.database import reading, writing
from services.errors import Refused
from services.schema import drop_everything, migrate


def prepare_demonstration(
    now: datetime,
    *,
    reset: bool = False,
    alone: Callable[[], None] = lambda: None,
    play: Callable[[datetime], None] = seed_demo,
) -> bool:
    """Fill an empty database with the demonstration; with `reset`, one that holds a demonstration is emptied first.

    A demonstration that was interrupted while `play` made it is made anew. `alone` is called before anything is
    written and has to see to it that nobody else uses the data. Answers whether anything was made.
    Raises `Refused` where the database holds a real portal.
    """
    migrate()
    with reading() as session:
        empty, demonstration = is_new(session), is_demo(session, now)
    if not empty and not demonstration:
        raise Refused("console.real_portal", folder=data_folder())
    unfinished = data_folder() / "demonstration-unfinished"
    if not empty and not reset and not unfinished.exists():
        return False
    alone()
    unfinished.touch()
    if not empty:
        drop_everything()
        shutil.rmtree(data_folder() / "files", ignore_errors=True)
        migrate()
    play(now)
    unfinished.unlink()
    return True


def prepare_empty() -> None:
    """Give a portal that nobody has entered yet the common expense types: its first trip can be applied for at once."""
    with writing() as session:
        if is_new(session):
            load_expense_types(session)
