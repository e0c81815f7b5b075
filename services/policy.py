"""The company's policies, clause by clause, as every rule, test and screen refers to them."""

from dataclasses import dataclass
from functools import cache

import yaml

from services.config import ROOT


@dataclass(frozen=True)
class Clause:
    """A clause by its id (P9-4a), in its own words, and where it lives in the portal."""

    id: str
    zh: str
    en: str

    def said(self, language: str) -> str:
        return self.en if language == "en" else self.zh


@cache
def clauses() -> tuple[Clause, ...]:
    """All clauses in their order."""
    policies = yaml.safe_load((ROOT / "seed" / "policy.yaml").read_text(encoding="utf-8"))
    return tuple(Clause(one["id"], one["zh"], one["en"]) for policy in policies for one in policy["clauses"])
