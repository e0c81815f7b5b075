"""The clauses of the policies, as data: each has an id, its wording in both languages, and where it lives."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import seed

POLICIES: list[dict[str, Any]] = yaml.safe_load(
    (Path(seed.__file__).parent / "policy.yaml").read_text(encoding="utf-8")
)
CLAUSES = [clause for policy in POLICIES for clause in policy["clauses"]]


def test_there_are_nine_policies_and_the_ninth_leads() -> None:
    assert [policy["id"] for policy in POLICIES] == [f"P{number}" for number in range(1, 10)]
    assert [policy["id"] for policy in POLICIES if policy.get("leads")] == ["P9"]
    assert all(policy["zh"] and policy["en"] for policy in POLICIES)


def test_every_clause_is_there_once() -> None:
    ids = [clause["id"] for clause in CLAUSES]
    assert len(ids) == len(set(ids)) == 125


def test_a_clause_stands_under_its_own_policy() -> None:
    for policy in POLICIES:
        for clause in policy["clauses"]:
            assert re.fullmatch(rf"{policy['id']}-\d+(\.\d+)?[a-c]?", clause["id"])


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: str(clause["id"]))
def test_a_clause_says_what_it_asks_and_where_it_lives_in_both_languages(clause: dict[str, Any]) -> None:
    for words in (clause, clause["lives"]):
        assert re.search(r"[一-鿿]", words["zh"])
        assert re.search(r"[A-Za-z]", words["en"])
