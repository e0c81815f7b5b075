"""What the house tests look at: the portal's own files and what stands in them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from services.config import ROOT

PARTS = ("models.py", "app.py", "manage.py", "services", "ui", "pages", "seed", "migrations", "benchmarks", "tests")
NOT_OURS = {".git", ".venv", "data", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}


def modules(*parts: str) -> list[Path]:
    """Python files of parts of the portal, or of all of it; paths from its root."""
    found: list[Path] = []
    for part in parts or PARTS:
        path = ROOT / part
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path] * path.exists()
    return [path.relative_to(ROOT) for path in found]


def files() -> Iterator[Path]:
    """Every file that belongs to the portal, pictures and the like included."""
    waiting = [ROOT]
    while waiting:
        for path in sorted(waiting.pop().iterdir()):
            if path.name in NOT_OURS:
                continue
            if path.is_dir():
                waiting.append(path)
            else:
                yield path.relative_to(ROOT)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), str(path))


def module_name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


@cache
def imported(path: Path) -> set[str]:
    """Names of all modules a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = module_name(path).split(".")[: -node.level or None] if node.level else []
            names.add(".".join([*package, *([node.module] if node.module else [])]))
            names |= {f"{node.module}.{alias.name}" for alias in node.names if node.module and not node.level}
    return names


def literals(path: Path) -> Iterator[tuple[ast.Constant, str]]:
    """Every text written in a file, docstrings aside."""
    said_about = {id(node.value) for node in ast.walk(tree(path)) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said_about:
            yield node, node.value


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the name of what is called: `t`, `st.title`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node
