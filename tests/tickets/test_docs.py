"""The page about tickets says what the code does."""

from pathlib import Path

from opora.desk.tickets import states

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tickets.md"


def test_it_lists_every_legal_move_with_its_reason() -> None:
    table = PAGE.read_text(encoding="utf-8").split("<!-- moves -->")[1].split("<!-- end of moves -->")[0]
    written = [tuple(cell.strip() for cell in row.strip("| ").split("|")) for row in table.strip().splitlines()]
    assert written == [(old, new, why) for (old, new), why in states.MOVES.items()]
