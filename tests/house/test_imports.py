"""Imports go one way: app -> pages -> ui -> services -> models."""

from pathlib import Path

import pytest

from tests.house.sources import imported, modules

MAY_IMPORT = {
    "models": set(),
    "services": {"models"},
    "ui": {"services", "models"},
    "pages": {"ui", "services", "models"},
    "app": {"pages", "ui", "services", "models"},
    "seed": {"services", "models"},
    "migrations": {"services", "models"},
    "benchmarks": {"seed", "services", "models"},
    "manage": {"app", "benchmarks", "seed", "services", "models", "tests"},
    "tests": {"app", "pages", "ui", "benchmarks", "seed", "services", "models", "manage"},
}
BUILDS_THE_MENU = Path("ui/shell.py")
"""The one exception: the shell builds the menu from the pages."""

WEB = {"streamlit", "streamlit_authenticator", "starlette", "uvicorn"}


@pytest.mark.parametrize("path", modules(), ids=str)
def test_imports_go_one_way(path: Path) -> None:
    part = _part(path)
    allowed = MAY_IMPORT[part] | {part} | ({"pages"} if path == BUILDS_THE_MENU else set())
    ours = {name.split(".")[0] for name in imported(path)} & set(MAY_IMPORT)
    assert ours <= allowed, f"{path} imports {', '.join(sorted(ours - allowed))}"


@pytest.mark.parametrize("path", modules("models.py", "services", "seed", "migrations"), ids=str)
def test_rules_and_data_know_nothing_of_the_web(path: Path) -> None:
    known = {name.split(".")[0] for name in imported(path)} & WEB
    assert not known, f"{path} imports {', '.join(sorted(known))}"


def _part(path: Path) -> str:
    return path.parts[0].removesuffix(".py")
