"""The one engine: it moves every kind of paper along its route. `actions_for` asks, `act` does."""

from services.engine.acts import Action, act, actions_for
from services.engine.flow import rehome_tasks

__all__ = ["Action", "act", "actions_for", "rehome_tasks"]
