"""The one engine: it moves every kind of paper along its route. `actions_for` asks, `act` does."""

from services.engine.action import Action
from services.engine.acts import act, actions_for, candidates_for, lines_for
from services.engine.rehoming import rehome_named, rehome_tasks, rehome_vacant

__all__ = [
    "Action",
    "act",
    "actions_for",
    "candidates_for",
    "lines_for",
    "rehome_named",
    "rehome_tasks",
    "rehome_vacant",
]
