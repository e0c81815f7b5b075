"""How people are called where one of them is chosen: by name, department and roles, no two alike."""

from collections import Counter
from collections.abc import Iterable

from sqlmodel import Session

from models import Person
from services.people import colleagues
from ui.texts import t

_ROLES = 2
"""Roles that are named; more would not fit."""


def called(session: Session, people: Iterable[Person]) -> dict[int, str]:
    """What stands in a list to choose from, by id: a page takes a choice by its words. Namesakes of one department are
    told apart by their logins.
    """
    found = colleagues(session, people)
    counted = Counter((one.name, one.department) for one in found)
    words = {}
    for one in found:
        name = one.name if counted[one.name, one.department] == 1 else f"{one.name} ({one.login})"
        roles = " / ".join(t(f"role.{role}") for role in one.roles[:_ROLES])
        words[one.id] = "  ".join(filter(None, (name, one.department, roles)))
    return words
