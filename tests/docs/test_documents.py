"""The documents lead where they say: links, commands, packages and the version."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from opora.config.version import version
from tests.laws.sources import CHECKOUT, tracked_files

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
VERB = re.compile(r"(?<![\w/.])bin/([a-z]+)\b")


def broken_links(page: Path, text: str) -> list[str]:
    """Links of the page that lead to no file and to no heading."""
    found = []
    for link in LINK.findall(re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)):
        place, _, heading = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = (CHECKOUT / page.parent / place) if place else CHECKOUT / page
        if not target.exists() or (heading and heading not in headings(target)):
            found.append(f"{page}: {link}")
    return found


def headings(page: Path) -> set[str]:
    """The anchors a page offers."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def unknown_verbs(text: str) -> list[str]:
    """Commands the text names that `bin/` has not."""
    return [verb for verb in VERB.findall(text) if not (CHECKOUT / "bin" / verb).exists()]


def documents() -> list[tuple[Path, str]]:
    return [(path, (CHECKOUT / path).read_text(encoding="utf-8")) for path in tracked_files(".md")]


def test_it_has_no_broken_link() -> None:
    assert [found for page, text in documents() for found in broken_links(page, text)] == []


@pytest.mark.parametrize("planted", ["[x](nowhere.md)", "![x](docs/none.png)", "[x](README.md#no-such-heading)"])
def test_it_reports_a_broken_link(planted: str) -> None:
    assert broken_links(Path("README.md"), planted)


def test_it_names_only_commands_that_exist() -> None:
    assert [(str(page), verb) for page, text in documents() for verb in unknown_verbs(text)] == []
    assert unknown_verbs("run bin/nothing now") == ["nothing"]


def test_it_has_a_page_for_every_room() -> None:
    rooms = [path.parent.name for path in (CHECKOUT / "opora/desk").glob("*/apps.py")]
    assert rooms
    assert [room for room in rooms if not (CHECKOUT / f"docs/{room}.md").exists()] == []


def unreachable(pages: dict[str, str], start: str = "README.md") -> list[str]:
    """Pages that no chain of links leads to from the start."""
    seen, ahead = set[str](), [start]
    while ahead:
        page = ahead.pop()
        seen.add(page)
        places = [(CHECKOUT / page).parent / link.partition("#")[0] for link in LINK.findall(pages[page])]
        names = [os.path.relpath(os.path.normpath(place), CHECKOUT) for place in places]
        ahead += [name for name in names if name in pages and name not in seen]
    return sorted(pages.keys() - seen)


def test_it_leads_to_every_page_from_the_readme() -> None:
    assert unreachable({str(page): text for page, text in documents()}) == []
    assert unreachable({"README.md": "[a](docs/a.md)", "docs/a.md": "[up](../README.md)", "docs/b.md": ""}) == [
        "docs/b.md"
    ]


def test_it_numbers_its_decisions_once_each() -> None:
    numbers = [int(path.name[:4]) for path in (CHECKOUT / "docs/decisions").glob("*.md")]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def test_it_takes_the_version_from_the_change_log() -> None:
    newest = re.findall(r"^## (.+)$", (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)[0]
    assert re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d", newest)
    assert newest.startswith(version() + " ")
    pattern = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["hatch"]["version"]["pattern"]
    packed = re.search(pattern, (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert packed
    assert packed["version"] == version()


def test_it_knows_its_version_when_installed_without_the_change_log(tmp_path: Path) -> None:
    package = tmp_path / "opora" / "config"
    package.mkdir(parents=True)
    (package / "version.py").write_text((CHECKOUT / "opora/config/version.py").read_text())
    record = tmp_path / "opora-7.8.9.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: opora\nVersion: 7.8.9\n")
    order = "import sys; sys.path.insert(0, sys.argv[1]); from opora.config.version import version; print(version())"
    told = subprocess.run([sys.executable, "-I", "-c", order, tmp_path], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "7.8.9"
