"""Every setting the program reads stands in the README's table, and every row of the table is read."""

import ast
import re

import pytest

from tests.laws.sources import CHECKOUT, program_files

NAME = re.compile(r"(?:OPORA|DATABASE)_[A-Z0-9_]+")


def names_read(text: str) -> set[str]:
    """The settings a Python file looks up: every call that is handed a name such as OPORA_LISTEN."""
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call | ast.Subscript))
    handed = (part for node in calls for part in (node.args if isinstance(node, ast.Call) else [node.slice]))
    words = (part.value for part in handed if isinstance(part, ast.Constant) and isinstance(part.value, str))
    return {word for word in words if NAME.fullmatch(word)}


def names_documented(readme: str) -> set[str]:
    """The first column of the configuration table."""
    return set(re.findall(r"^\| `(\w+)` \|", readme.partition("## Configuration")[2].partition("\n## ")[0], re.M))


def twice(readme: str) -> list[str]:
    """Settings with more than one row."""
    rows = re.findall(r"^\| `(\w+)` \|", readme, re.M)
    return sorted({name for name in rows if rows.count(name) > 1})


def disagreement(read: set[str], documented: set[str]) -> list[str]:
    """What one side has and the other has not."""
    missing = [f"{name} is read and not documented" for name in sorted(read - documented)]
    return missing + [f"{name} is documented and not read" for name in sorted(documented - read)]


def test_it_documents_every_setting_and_no_other() -> None:
    read = set().union(*(names_read(text) for _, text in program_files()))
    documented = names_documented((CHECKOUT / "README.md").read_text(encoding="utf-8"))
    assert len(documented) > 10
    assert disagreement(read, documented) == []


def test_it_documents_no_setting_twice() -> None:
    assert twice((CHECKOUT / "README.md").read_text(encoding="utf-8")) == []
    assert twice("| `OPORA_OLD` | 1 |\n| `OPORA_OLD` | 2 |\n") == ["OPORA_OLD"]


@pytest.mark.parametrize(
    "planted",
    ["x = env.text('OPORA_NEW')", "x = os.environ.get('OPORA_NEW', '')", "x = os.environ['OPORA_NEW']"],
)
def test_it_reports_a_setting_nobody_documented(planted: str) -> None:
    assert disagreement(names_read(planted), set()) == ["OPORA_NEW is read and not documented"]


def test_it_reports_a_row_nobody_reads() -> None:
    table = names_documented("## Configuration\n| name | default |\n| --- | --- |\n| `OPORA_OLD` | 1 |\n")
    assert disagreement(set(), table) == ["OPORA_OLD is documented and not read"]
