"""What belongs into no file: paths of somebody's machine, addresses of his package source, modules that say nothing."""

import ast
import re
from pathlib import Path

import pytest

from services.config import ROOT
from tests.house.sources import files, modules, tree

PATH_OF_A_MACHINE = re.compile(r"(?<![\w.$}/-])/(work|root|home|tmp|farm)/\w")
PACKAGE_SOURCE = re.compile(r"index-url|find-links|trusted-host|(?<!//)\bpypi\.(?!org)")


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    assert _lines_with(PATH_OF_A_MACHINE) == []


def test_no_file_names_a_package_source() -> None:
    assert _lines_with(PACKAGE_SOURCE) == []


@pytest.mark.parametrize("path", modules(), ids=str)
def test_a_module_opens_by_saying_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(tree(path)) or not tree(path).body


def _lines_with(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in files():
        if path == Path(__file__).resolve().relative_to(ROOT):
            continue
        content = (ROOT / path).read_bytes()
        if b"\0" in content:
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
            if pattern.search(line):
                found.append(f"{path}:{number}: {line.strip()[:100]}")
    return found
