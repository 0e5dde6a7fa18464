"""The drawings of docs/architecture.md are the law of .importlinter, and its table names the rooms there are."""

import re

import pytest

from tests.laws.sources import CHECKOUT, layers

PAGE = (CHECKOUT / "docs/architecture.md").read_text(encoding="utf-8")
PREFIXES = {"web": "opora.desk.web.", "channels": "opora.desk.channels."}


def drawn(page: str, name: str) -> list[list[str]]:
    """The layers of one drawing, highest first."""
    drawing = re.search(rf"```{name}\n(.*?)```", page, re.DOTALL)
    assert drawing, f"docs/architecture.md has no drawing called {name}"
    return [[room.strip() for room in line.split("|")] for line in drawing[1].strip().splitlines()]


def law(name: str) -> list[list[str]]:
    """The same layers as .importlinter has them."""
    return [[room.removeprefix(PREFIXES.get(name, "")) for room in line] for line in layers(name)]


@pytest.mark.parametrize("name", ["program", "rooms", "web", "channels", "room"])
def test_it_draws_what_the_gate_holds(name: str) -> None:
    assert drawn(PAGE, name) == law(name)


def test_it_would_see_a_room_drawn_in_the_wrong_place() -> None:
    swapped = PAGE.replace("tickets\ncustomers\n", "customers\ntickets\n")
    assert drawn(swapped, "rooms") != law("rooms")


def test_it_has_a_row_for_every_room() -> None:
    table = re.search(r"^\| room \|.*\n\| --- .*\n((?:\|.*\n)+)", PAGE, re.M)
    assert table
    rows = re.findall(r"^\| (\w+) \| (.+) \|$", table[1], re.M)
    assert [name for name, _ in rows] == [room for line in law("rooms") for room in line]
    built = {path.name for path in (CHECKOUT / "opora/desk").iterdir() if (path / "__init__.py").exists()}
    to_come = {name for name, words in rows if words.endswith("(to come)")}
    assert built & to_come == set(), "a room that exists is still said to come"
