"""A small slice of `bin/bench fuzz`: letters spoilt in every way, always the same ones."""

import random

import pytest

from bench._hostile import BODIES, LETTERS
from bench.fuzz import judged, spoilt
from opora.desk.channels.email.parsing import cut_reply, read_letter
from tests.email.samples import MUTATIONS, mutated, samples


def test_it_reads_letters_that_were_spoilt() -> None:
    letters = samples()
    assert [(number, trouble) for number in range(1500) if (trouble := judged(spoilt(number, 1500, letters)))] == []


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_it_reads_letters_spoilt_in_one_way(mutation) -> None:  # type: ignore[no-untyped-def]
    chance, letters = random.Random(7), samples()
    assert [trouble for letter in letters if (trouble := judged(mutation(letter, chance, letters)))] == []


def test_it_spoils_letters_the_same_way_every_time() -> None:
    letters = samples()
    assert mutated(random.Random(5), letters) == mutated(random.Random(5), letters)
    assert len({spoilt(number, 300, letters) for number in range(300)}) > 200


@pytest.mark.parametrize("name", LETTERS)
def test_it_reads_any_hostile_megabyte(name: str) -> None:
    raw = LETTERS[name]()
    letter = read_letter(raw)
    assert len(letter.text) <= 4 * len(raw) + 1000


@pytest.mark.parametrize("name", BODIES)
def test_it_cuts_any_hostile_megabyte_and_loses_nothing(name: str) -> None:
    text = BODIES[name]()
    cut = cut_reply(text)
    assert sum(map(len, (cut.reply + cut.quoted).split())) == sum(map(len, text.split()))
