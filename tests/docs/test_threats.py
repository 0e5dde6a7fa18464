"""docs/threats.md, docs/gateway.md: every proof they name is a test that exists."""

import ast
import re

import pytest

from tests.laws.sources import CHECKOUT

PROOF = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def missing(page: str) -> list[str]:
    """Proofs the page names and nobody wrote."""
    found = []
    for file, name in PROOF.findall(page):
        path = CHECKOUT / file
        tree = ast.parse(path.read_text(encoding="utf-8")) if path.exists() else ast.Module([], [])
        names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        if not path.exists() or (name and name not in names):
            found.append(f"{file}::{name}")
    return found


def test_every_proof_it_names_is_a_test() -> None:
    page = (CHECKOUT / "docs/threats.md").read_text(encoding="utf-8")
    assert len(PROOF.findall(page)) > 30
    assert missing(page) == []


def test_every_failure_of_the_gateway_names_its_test() -> None:
    page = (CHECKOUT / "docs/gateway.md").read_text(encoding="utf-8")
    table = page.partition("## When a part fails")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][2:]
    assert len(rows) >= 14
    assert [row for row in rows if not PROOF.search(row)] == []
    assert missing(page) == []


@pytest.mark.parametrize("planted", ["`tests/docs/test_threats.py::test_nothing`", "`tests/no/such.py`"])
def test_it_reports_a_proof_nobody_wrote(planted: str) -> None:
    assert missing(planted)
