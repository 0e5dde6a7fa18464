"""Do these reports look like one trouble? By service, by words, by time. Pure.

Two reports are alike when they are of one service (or one names none), were written within two hours of each other, and
share enough of their telling words. Reports that are alike in a chain belong together.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WITHIN = timedelta(hours=2)
ENOUGH = 0.34
FEWEST_SHARED = 2
SMALLEST_GROUP = 3
STEM = 5

_WORD = re.compile(r"[^\W\d_]{3,}")
_TELLS_NOTHING = frozenset(
    _WORD.findall(
        """
        the and for our you your are not with this that from have has was were can cannot does did please hello dear thank
        thanks regards since today morning when what who why all any some there here how time help very
        это что как для или нас нам мы вы ваш наш при все еще уже нет есть был была было быть здравствуйте добрый день
        спасибо пожалуйста сегодня утра утром когда почему кто если очень просим помогите уважением
        """
    )
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A report as the rule sees it: its number, service (None where none is named), moment and telling words."""

    number: int
    service: int | None
    at: datetime
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Reports that look alike, in order, and the words they share most."""

    numbers: tuple[int, ...]
    words: tuple[str, ...]


def words_of(text: str) -> frozenset[str]:
    """The telling words by their first letters, so that endings make no difference; `ё` is `е`."""
    found = _WORD.findall(text.lower().replace("ё", "е"))
    return frozenset(word[:STEM] for word in found if word not in _TELLS_NOTHING)


def like(one: Trouble, other: Trouble) -> bool:
    """Whether the two look like one trouble."""
    if one.service is not None and other.service is not None and one.service != other.service:
        return False
    if abs(one.at - other.at) > WITHIN:
        return False
    shared = len(one.words & other.words)
    fewest = min(len(one.words), len(other.words))
    return shared >= FEWEST_SHARED and shared >= ENOUGH * fewest


def groups_of(troubles: Sequence[Trouble], *, smallest: int = SMALLEST_GROUP) -> list[Likeness]:
    """The groups of at least `smallest` reports that belong together, the largest first."""
    ordered = sorted(troubles, key=lambda one: (one.at, one.number))
    leader = {one.number: one.number for one in ordered}
    for place, one in enumerate(ordered):
        for other in ordered[place + 1 :]:
            if other.at - one.at > WITHIN:
                break
            if _leader(leader, one.number) != _leader(leader, other.number) and like(one, other):
                leader[_leader(leader, other.number)] = _leader(leader, one.number)
    groups: dict[int, list[Trouble]] = {}
    for one in ordered:
        groups.setdefault(_leader(leader, one.number), []).append(one)
    found = [_likeness(group) for group in groups.values() if len(group) >= smallest]
    return sorted(found, key=lambda one: (-len(one.numbers), one.numbers))


def _leader(leader: dict[int, int], number: int) -> int:
    while leader[number] != number:
        leader[number] = leader[leader[number]]
        number = leader[number]
    return number


def _likeness(group: Sequence[Trouble]) -> Likeness:
    count: dict[str, int] = {}
    for one in group:
        for word in one.words:
            count[word] = count.get(word, 0) + 1
    shared = sorted((word for word in count if count[word] > 1), key=lambda word: (-count[word], word))
    return Likeness(tuple(one.number for one in group), tuple(shared[:5]))
