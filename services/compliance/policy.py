"""The company's policies, clause by clause, in both languages: what each demands and where it lives in the portal."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

_FILE = Path(__file__).resolve().parents[2] / "seed" / "policy.yaml"

Words = dict[str, str]
"""By language."""


@dataclass(frozen=True)
class Clause:
    """One rule: its id, what it demands, and where in the portal it lives."""

    id: str
    says: Words
    lives: Words

    @property
    def policy(self) -> str:
        """The policy it belongs to: P9 of P9-4a."""
        return self.id.split("-")[0]


@dataclass(frozen=True)
class Policy:
    id: str
    name: Words
    clauses: tuple[Clause, ...]


@cache
def policies() -> tuple[Policy, ...]:
    """All nine, in their order."""
    found = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return tuple(
        Policy(
            one["id"],
            _words(one),
            tuple(Clause(clause["id"], _words(clause), _words(clause["lives"])) for clause in one["clauses"]),
        )
        for one in found
    )


def clauses() -> dict[str, Clause]:
    """Every clause by its id."""
    return {clause.id: clause for policy in policies() for clause in policy.clauses}


def _words(found: dict[str, str]) -> Words:
    return {language: found[language] for language in ("zh", "en")}
