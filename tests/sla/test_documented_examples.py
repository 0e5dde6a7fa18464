"""docs/sla.md is run: its calendars are read, its commands give what it prints, its explanation is the desk's own."""

import io
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils import translation

from opora.config.cli import main
from opora.desk.kernel.actors import SYSTEM
from opora.desk.sla import queries, states
from opora.desk.sla.actions import make_calendar
from tests.sla.conftest import HOUR, begin

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "sla.md").read_text(encoding="utf-8")
CALENDARS = dict(re.findall(r"`(\w+\.json)`:\n```json\n(.*?)```", PAGE, re.DOTALL))
COMMANDS = [
    (asked, printed.rstrip("\n"))
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    for asked, printed in re.findall(r"^\$ opora (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
]


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand where the page's calendars lie as files."""
    monkeypatch.chdir(tmp_path)
    for name, text in CALENDARS.items():
        Path(name).write_text(text, encoding="utf-8")


def test_it_finds_the_examples_of_the_page() -> None:
    assert set(CALENDARS) == {"berlin.json", "moscow.json", "always.json", "replay.json"}
    assert len(COMMANDS) == 8


@pytest.mark.parametrize(("asked", "printed"), COMMANDS)
def test_it_prints_what_the_page_says(asked: str, printed: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(shlex.split(asked))
    out, err = capsys.readouterr()
    assert (out + err).strip() == printed
    assert code == (2 if err else 0)


def test_it_reads_a_calendar_from_its_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    octets = b"\xef\xbb\xbf" + CALENDARS["always.json"].encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(octets), encoding="ascii"))
    assert main(["sla", "between", "--calendar", "-", "2026-01-01T00:00Z", "2026-01-02T00:00Z"]) == 0
    assert capsys.readouterr().out == "86400\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["2026-01-02", "2026-01-01"], "the second moment: stands before the first"),
        (["1950-01-01", "2026-01-01"], "Only moments from 1970 to 2199 can be reckoned with."),
        (["1", "2026-01-01"], "the first moment: “1” is not a moment in ISO 8601; write 2026-09-14T08:00+02:00"),
    ],
)
def test_it_says_what_is_wrong_in_one_line_and_exits_with_2(
    words: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sla", "between", "--calendar", "berlin.json", *words]) == 2
    assert capsys.readouterr().err == f"opora: {line}\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"zone": "UTC", "week": "24x7", "holidays": "XX"}', "holidays: no official holidays are known for “XX”"),
        ('{"zone": "UTC"}', "--calendar: the calendar has no working time at all"),
        ("{", "--calendar: this is not JSON"),
        (
            '{"zone": "UTC", "dates": {"2020-01-01": ["09:00-10:00"]}}',
            "The calendar has no working time in the 10 years",
        ),
    ],
)
def test_it_says_what_is_wrong_with_the_file(text: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("wrong.json").write_text(text, encoding="utf-8")
    assert main(["sla", "add", "--calendar", "wrong.json", "--start", "2026-09-14T08:00Z", "--work", "1h"]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"opora: {line}")


@pytest.mark.django_db
def test_it_explains_as_the_page_does() -> None:
    start = datetime(2015, 3, 27, 11, tzinfo=UTC)
    version = make_calendar(slug="b", name="Berlin office", terms=CALENDARS["berlin.json"], by=SYSTEM, at=start)
    clock = begin(version, at=start, target_seconds=15 * HOUR)
    with translation.override("en"):
        told = queries.explain_clock(clock)
    (printed,) = re.findall(r"<!-- explanation -->\n```text\n(.*?)```", PAGE, re.DOTALL)
    assert [told.opening, *(line.sentence for line in told.lines), told.closing] == printed.splitlines()


def test_it_lists_every_legal_move_of_a_clock() -> None:
    (table,) = re.findall(r"\| from \| to \| because \|\n.*?\n((?:\|.*\n)+)", PAGE)
    written = {tuple(cell.strip() for cell in row.split("|")[1:3]) for row in table.splitlines()}
    assert written == {(old, new) for old, targets in states.MOVES.items() for new in targets}
