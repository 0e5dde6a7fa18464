"""The laws of tests: each is a sentence, each asserts something, none sleeps or skips without saying why."""

import ast
from collections.abc import Iterator

import pytest

from tests.laws.sources import CHECKOUT, tracked_files

ASSERTING = ("assert", "raises", "fail", "warns", "wait", "timeout")
"""What a call that may fail a test begins with; waiting for something within a time is asserting that it comes."""

SHORTEST_SENTENCE = 3


def sentences_in(text: str) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, ast.Module]]:
    """Every test function of a file."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node, tree


def faults(text: str) -> list[str]:
    """What is wrong with the tests of a file, as `line: what`."""
    found = []
    for test, tree in sentences_in(text):
        if test.name.count("_") < SHORTEST_SENTENCE:
            found.append(f"{test.lineno}: {test.name} is no sentence")
        if not _asserts(test, tree, set()):
            found.append(f"{test.lineno}: {test.name} asserts nothing")
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    silent = (call for call in calls if _name(call.func) in {"skip", "skipif", "xfail"} and not _says_why(call))
    return found + [f"{call.lineno}: skips without saying why" for call in silent]


def _asserts(function: ast.AST, tree: ast.Module, seen: set[str]) -> bool:
    """Whether the function asserts, by itself or in a function of the same file that it calls."""
    helpers = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        name = _name(node.func) if isinstance(node, ast.Call) else ""
        if name.startswith(ASSERTING):
            return True
        if name in helpers and name not in seen and _asserts(helpers[name], tree, seen | {name}):
            return True
    return False


def _says_why(call: ast.Call) -> bool:
    name = _name(call.func)
    return any(word.arg == "reason" for word in call.keywords) or (name == "skip" and bool(call.args))


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def test_it_asserts_in_every_test_and_says_why_it_skips() -> None:
    files = [path for path in tracked_files(".py") if path.name.startswith("test_")]
    assert [f"{path}:{fault}" for path in files for fault in faults((CHECKOUT / path).read_text())] == []


@pytest.mark.parametrize(
    "planted",
    [
        "def test_it_does_nothing():\n    print('fine')",
        "def test_reply():\n    assert True",
        "import pytest\ndef test_it_waits():\n    pytest.skip()\n    assert True",
        "import pytest\n@pytest.mark.skipif(True)\ndef test_it_waits():\n    assert True",
    ],
)
def test_it_reports_a_test_that_shows_nothing(planted: str) -> None:
    assert faults(planted)
