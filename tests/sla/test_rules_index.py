"""docs/promise-rules.md names a test for every rule and every known fault; each stands there with the number in its docstring."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "promise-rules.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"b11\.\d+|(?:PR)?#\d+")
ROWS = re.findall(r"^\| ((?:b11\.\d+|[^|]*#\d+)[^|]*) \| [^|]+ \| (.+) \|$", PAGE, re.MULTILINE)
NAMED = [(row, file, name) for row, tests in ROWS for file, name in re.findall(r"`([\w/]+\.py)::(\w+)`", tests)]
FAULTS = (
    "#6902 #15605 #24481 #23359 #3776 #3140 #5177 #5624 #1322 #2579 #4777 #4353 #4359 #904 #534 #390 #4432 #2157 PR#32328 #1911 "
    "#14423 #4170 #2765 #151 PR#9267 PR#369 #10178 PR#13392 #2131 #1168 #4969 #2212 #14009 #3034 #514"
)


def test_it_names_every_rule_and_every_fault() -> None:
    numbers = {number for row, _tests in ROWS for number in NUMBER.findall(row)}
    assert numbers == {f"b11.{number}" for number in range(1, 11)} | set(FAULTS.split())
    assert {row for row, _tests in ROWS} == {row for row, _file, _name in NAMED}


@pytest.mark.parametrize(("row", "file", "name"), NAMED, ids=[f"{row}-{name}" for row, _file, name in NAMED])
def test_it_names_tests_that_say_which_rule_or_fault_they_hold(row: str, file: str, name: str) -> None:
    said = docstrings(file)[name]
    assert set(NUMBER.findall(row)) & set(NUMBER.findall(said)), f"{file}::{name} says: {said}"


def test_every_number_stands_in_some_test_of_its_row() -> None:
    for row, _tests in ROWS:
        said = " ".join(docstrings(file)[name] for one, file, name in NAMED if one == row)
        assert set(NUMBER.findall(row)) <= set(NUMBER.findall(said)), row


@cache
def docstrings(file: str) -> dict[str, str]:
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    return {function.name: ast.get_docstring(function) or "" for function in functions}
