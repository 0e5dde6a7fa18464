"""docs/stories are run: each story's input gives the ledger that stands under it, and the page lists them all."""

import json
import re
from pathlib import Path

import pytest

from opora.config.cli import main
from opora.desk.sla.rules.course import What

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "sla.md").read_text(encoding="utf-8")
STORIES = sorted((DOCS / "stories").glob("*.md"))


@pytest.mark.parametrize("story", STORIES, ids=[story.stem for story in STORIES])
def test_it_comes_out_as_the_story_says(story: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = story.read_text(encoding="utf-8")
    (told, ledger) = re.search(r"```json\n(.*?)```\n```text\n(.*?)```", text, re.DOTALL).groups()  # type: ignore[union-attr]
    file = tmp_path / "story.json"
    file.write_text(told, encoding="utf-8")
    assert main(["sla", "replay", str(file)]) == 0
    assert capsys.readouterr().out == ledger
    assert main(["sla", "replay", "--json", str(file)]) == 0
    for clock in json.loads(capsys.readouterr().out)["clocks"]:
        assert f"{clock['promise']}: {clock['state']}, started {clock['started']}, due {clock['due']}" in ledger


def test_it_lists_twenty_stories_on_the_page() -> None:
    assert len(STORIES) == 20
    assert re.findall(r"\(stories/(.*?)\)", PAGE) == [story.name for story in STORIES]


def test_it_says_of_every_event_what_becomes_of_the_clocks() -> None:
    (table,) = re.findall(r"\| event \| what becomes of the clocks \|\n.*?\n((?:\|.*\n)+)", PAGE)
    written = re.findall(r"`(\w+)`", "".join(row.split("|")[1] for row in table.splitlines()))
    assert sorted(written) == sorted(What)
