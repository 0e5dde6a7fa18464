"""Answers as mail programs shape them, in nine languages: what the author wrote, and what is folded away.

The expectations were written before the engine saw the letters. In `hard/*.txt` a line of the author's begins with `+`, one that
is folded away with `-`; what begins with neither is folded too (some programs wrap addresses so that nothing may stand before).
"""

from pathlib import Path

import pytest

from opora.desk.channels.email.parsing import cut_reply

CASES = Path(__file__).with_name("hard")


def cases() -> list[object]:
    found = []
    for file in sorted(CASES.glob("*.txt")):
        for case in file.read_text().split("=== ")[1:]:
            title, _, body = case.partition("\n")
            found.append(pytest.param(body.removesuffix("\n").split("\n"), id=f"{file.stem}: {title}"))
    return found


@pytest.mark.parametrize("lines", cases())
def test_it_keeps_the_authors_words_and_folds_the_others(lines: list[str]) -> None:
    text = "\n".join(line[1:] if line[:1] in ("+", "-") else line for line in lines)
    own = [line[1:] for line in lines if line.startswith("+")]
    cut = cut_reply(text)
    assert cut.reply.split() == " ".join(own).split()
    assert sorted(f"{cut.reply} {cut.quoted}".split()) == sorted(text.split()), "a word was lost"
