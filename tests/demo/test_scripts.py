"""The demo's conversations: every script can be read, played and told apart."""

from random import Random

import pytest

from opora.config.demo.files import attached
from opora.config.demo.fill import SCENARIOS
from opora.config.demo.filling import fill_in
from opora.config.demo.scripts import BrokenScript, read_folder, read_scripts

GOOD = """
=== full
service: vps
kind: incident
priority: low
subject: Full / Very full

> customer via=email
Help
> l1 asks +10m
What?
> customer +1h
That.
> l1 solves +2h cause=other
~ reason
Done
"""


def test_it_reads_a_script_with_its_steps_and_the_state_after_each() -> None:
    (script,) = read_scripts(GOOD, language="en")
    assert script.subjects == ["Full", "Very full"]
    assert script.states() == ["new", "waiting_customer", "open", "resolved"]
    assert script.first_answer == 1
    last = script.steps[-1]
    assert (last.after.total_seconds(), last.options, last.text, last.reason) == (
        7200,
        {"cause": "other"},
        "Done",
        "reason",
    )


@pytest.mark.parametrize(
    ("found", "instead", "complaint"),
    [
        ("l1 asks", "nobody asks", "nobody knows"),
        ("l1 solves +2h cause=other", "l1 says +2h", "never ends"),
        ("kind: incident\n", "", "kind is missing"),
        ("What?\n", "", "asks nothing"),
    ],
)
def test_it_says_what_is_wrong_with_a_script(found: str, instead: str, complaint: str) -> None:
    with pytest.raises(BrokenScript, match=complaint):
        read_scripts(GOOD.replace(found, instead), language="en")


def test_it_knows_forty_scenarios_and_more_in_both_languages() -> None:
    scripts = read_folder(SCENARIOS)
    names = [script.name for script in scripts]
    assert len(names) == len(set(names)) >= 40
    by_language = [script.language for script in scripts]
    assert min(by_language.count("ru"), by_language.count("en")) >= 20
    assert all(script.name.startswith(script.language) for script in scripts)


def test_it_fills_facts_numbers_and_choices_the_same_way_for_the_same_dice() -> None:
    text = "{Hi|Hello}, {host} is {90-99} % {full since {time}|slow}{, sorry|}."
    facts = {"host": "web1", "time": "09:10"}
    made = [fill_in(text, facts, Random(7)) for _ in range(2)]
    assert made[0] == made[1]
    assert "web1" in made[0] and "{" not in made[0] and "|" not in made[0]
    assert len({fill_in(text, facts, Random(seed)) for seed in range(60)}) > 30
    with pytest.raises(KeyError):
        fill_in("{nobody}", facts, Random(1))


def test_it_draws_a_picture_and_writes_a_log() -> None:
    picture, log = attached("load.png", "", Random(3)), attached("x.log", "disk full", Random(3))
    assert picture.content.startswith(b"\x89PNG") and picture.content == attached("a.png", "", Random(3)).content
    assert b"disk full" in log.content
