"""The laws of names and sizes: no file over 500 lines, nothing called by an empty word, no paths of one machine."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.laws.sources import CHECKOUT, tracked_files

LONGEST = 500
WRITTEN_BY_HAND = (".py", ".js", ".mjs", ".ts", ".css", ".html", ".txt", ".sh", ".md", ".toml")
STORIES = "opora/config/demo/scenarios/"  # what customers write there may name folders of their servers
NOT_BY_HAND = re.compile(r"^requirements/.*\.txt$|^LICENSE|/migrations/|LICEN[CS]ES?|^tests/.*/letters/")
EMPTY_WORDS = {"util", "utils", "helper", "helpers", "manager", "managers", "data", "info", "misc"}
POSTGRESQLS_OWN_WORD = re.compile(r"opora/config/embedded/places\.py:\d+: data$")
LIBRARIES_OWN_WORDS = {
    "handle_data",
    "data_received",
    "get_extra_info",
}  # the standard library and asyncssh call their hooks so
ONE_MACHINE = re.compile(
    r"(?<![\w.$}/-])/(?:work|root|opt/pypi|mnt/user)(?=/|\b)"
    r"|(?<![\w.$}/-])/home/(?!opora\b)\w+"
    r"|\b(?:pypi\.org|pythonhosted\.org|registry\.npmjs\.org|deb\.debian\.org)\b"
)


def too_long(text: str) -> bool:
    """Whether the text has more lines than a reader can hold."""
    return len(text.splitlines()) > LONGEST


def empty_names(path: Path, text: str) -> Iterator[str]:
    """Files, folders, classes and functions called by a word that says nothing."""
    for part in path.with_suffix("").parts:
        if EMPTY_WORDS & set(re.split(r"[_.-]", part.lower())):
            yield f"{path}: {part}"
    for node in ast.walk(ast.parse(text)) if path.suffix == ".py" else ():
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            words = re.findall(r"[A-Z]?[a-z0-9]+", node.name)
            if EMPTY_WORDS & {word.lower() for word in words} and node.name not in LIBRARIES_OWN_WORDS:
                yield f"{path}:{node.lineno}: {node.name}"


def machine_paths(text: str) -> list[str]:
    """Places of one machine, and hosts of package indexes."""
    return [f"{text.count(chr(10), 0, m.start()) + 1}: {m.group()}" for m in ONE_MACHINE.finditer(text)]


def read(path: Path) -> str:
    return (CHECKOUT / path).read_text(encoding="utf-8", errors="replace")


def test_it_has_no_file_over_five_hundred_lines() -> None:
    by_hand = [path for path in tracked_files(*WRITTEN_BY_HAND) if not NOT_BY_HAND.search(str(path))]
    assert [str(path) for path in by_hand if too_long(read(path))] == []
    assert too_long("line\n" * (LONGEST + 1))
    assert not too_long("line\n" * LONGEST)


def test_it_calls_nothing_by_an_empty_word() -> None:
    code = [path for path in tracked_files(".py", ".js", ".html", ".css") if path.parts[0] != "tests"]
    found = {name for path in code for name in empty_names(path, read(path))}
    assert {name for name in found if not POSTGRESQLS_OWN_WORD.match(name)} == set()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("opora/desk/tickets/utils.py", ""),
        ("opora/desk/tickets/mail_helpers.py", ""),
        ("opora/desk/misc/models.py", ""),
        ("opora/desk/tickets/models.py", "class TicketManager: pass"),
        ("opora/desk/tickets/queries.py", "def ticket_info(): pass"),
    ],
)
def test_it_reports_an_empty_word(path: str, text: str) -> None:
    assert list(empty_names(Path(path), text))


def test_it_names_no_place_of_one_machine() -> None:
    ours = Path(__file__).relative_to(CHECKOUT)
    text_files = [
        path
        for path in tracked_files()
        if path != ours and not str(path).startswith(STORIES) and path.suffix not in {".mo", ".png", ".woff2", ".ico"}
    ]
    assert [f"{path}:{found}" for path in text_files for found in machine_paths(read(path))] == []


@pytest.mark.parametrize(
    "planted", ["see /work/notes", "cp /root/x y", "cd /home/anna", "from https://pypi.org/simple"]
)
def test_it_reports_a_place_of_one_machine(planted: str) -> None:
    assert machine_paths(planted)


@pytest.mark.parametrize("fine", ["docs/work/x", "/home/opora/.local", "${here}/work", "homework", "the root of it"])
def test_it_leaves_ordinary_words_alone(fine: str) -> None:
    assert machine_paths(fine) == []
