"""Putting facts and choices into the words of a script. Pure: the same dice give the same words."""

import re
from collections.abc import Mapping
from random import Random

_INNERMOST = re.compile(r"\{([^{}]*)\}")
_NUMBER = re.compile(r"(\d+)-(\d+)")


def fill_in(text: str, facts: Mapping[str, str], dice: Random) -> str:
    """The text with every `{fact}`, `{from-to}` number and `{one|another}` choice replaced, innermost first.

    Raises KeyError for a fact nobody knows.
    """

    def one(found: re.Match[str]) -> str:
        words = found[1]
        if "|" in words:
            return str(dice.choice(words.split("|")))
        number = _NUMBER.fullmatch(words)
        if number:
            return str(dice.randint(int(number[1]), int(number[2])))
        return str(facts[words])

    while _INNERMOST.search(text):
        text = _INNERMOST.sub(one, text)
    return text
