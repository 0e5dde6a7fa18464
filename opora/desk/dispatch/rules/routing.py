"""Where a ticket goes and to whom: ordered rules, the first that fits holds. The answer carries its reasons.

Pure: no Django, no database, no clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

CONDITIONS = ("service", "plan", "priority", "kind", "channel", "language", "customer")
CHOOSING = ("queue", "round_robin", "least_load", "engineer")
MOST_RULES = 200


class RuleFault(ValueError):
    """A rule that cannot be read: which one (from 1), and what is wrong with it."""

    def __init__(self, number: int, part: str) -> None:
        super().__init__(f"{number}: {part}")
        self.number, self.part = number, part


@dataclass(frozen=True, slots=True)
class Rule:
    """When every condition holds one of its words: to this line, and to whom of it.

    `choose`: nobody (`queue`), whoever had one longest ago (`round_robin`), whoever has least to do (`least_load`), the
    customer's own engineer or, in their absence, the backup (`engineer`). `most` is how many one may have at once.
    """

    name: str
    line: str
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    choose: str = "queue"
    skill: str = ""
    speaks: bool = False
    most: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A colleague of the line as the decision sees them; `engineer` is 1 for the customer's own, 2 for the backup."""

    person: int
    name: str
    on_shift: bool
    load: int = 0
    skills: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    last: datetime | None = None
    engineer: int = 0


@dataclass(frozen=True, slots=True)
class Considered:
    """What became of a candidate: `chosen`, or why not (`off_shift`, `lacks_skill`, `speaks_not`, `has_most`,
    `not_engineer`, `had_later`, `has_more`, `stands_in`); load and last turn as they were."""

    person: int
    name: str
    verdict: str
    load: int
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Passed:
    """A rule that stood before and did not hold: which condition failed (`nobody` when it found nobody to give it to)."""

    name: str
    condition: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Which rule held (its place from 0), where the ticket goes, to whom, and everybody who was considered."""

    place: int | None = None
    rule: Rule | None = None
    person: int | None = None
    considered: tuple[Considered, ...] = ()
    passed: tuple[Passed, ...] = ()


def read_rules(written: Any) -> list[Rule]:
    """The rules of a book as it is kept. Raises RuleFault for the first that is not right."""
    if not isinstance(written, list) or len(written) > MOST_RULES:
        raise RuleFault(0, "rules")
    return [_read(number, one) for number, one in enumerate(written, start=1)]


def _read(number: int, written: Any) -> Rule:
    if not isinstance(written, dict):
        raise RuleFault(number, "rule")
    name, line = str(written.get("name", "")).strip()[:80], str(written.get("line", "")).strip()
    for part, text in (("name", name), ("line", line)):
        if not text:
            raise RuleFault(number, part)
    when = written.get("when", {})
    if not isinstance(when, dict) or not set(when) <= set(CONDITIONS):
        raise RuleFault(number, "when")
    if any(not isinstance(words, list) or not words for words in when.values()):
        raise RuleFault(number, "when")
    choose, most = written.get("choose", "queue"), written.get("most", 0)
    if choose not in CHOOSING:
        raise RuleFault(number, "choose")
    if not isinstance(most, int) or not 0 <= most <= 1000:
        raise RuleFault(number, "most")
    conditions = {key: tuple(str(word) for word in when[key]) for key in CONDITIONS if key in when}
    return Rule(
        name, line, conditions, choose, str(written.get("skill", "")).strip()[:40], bool(written.get("speaks")), most
    )


def write_rule(rule: Rule) -> dict[str, Any]:
    """The rule as a book keeps it; reading it again gives the same rule."""
    return {
        "name": rule.name,
        "line": rule.line,
        "when": {key: list(words) for key, words in rule.when.items()},
        "choose": rule.choose,
        "skill": rule.skill,
        "speaks": rule.speaks,
        "most": rule.most,
    }


def decide(
    rules: Sequence[Rule],
    facts: Mapping[str, str],
    people: Mapping[str, Sequence[Candidate]],
    *,
    stays_with: str = "",
) -> Decision:
    """The first rule that fits these facts, and whom it chooses of `people` (by line).

    A rule for an engineer that finds none on shift does not hold; any other that finds nobody leaves the ticket in the
    line's queue. `stays_with` asks only rules of that line: a ticket that was handed over is not moved again.
    """
    passed: list[Passed] = []
    for place, rule in enumerate(rules):
        failed = _first_failing(rule, facts)
        if not failed and stays_with and rule.line != stays_with:
            failed = "line"
        if failed:
            passed.append(Passed(rule.name, failed))
            continue
        person, considered = _choose(rule, facts, people.get(rule.line, ()))
        if person is None and rule.choose == "engineer":
            passed.append(Passed(rule.name, "nobody"))
            continue
        return Decision(place, rule, person, considered, tuple(passed))
    return Decision(passed=tuple(passed))


def _first_failing(rule: Rule, facts: Mapping[str, str]) -> str:
    return next((key for key, words in rule.when.items() if facts.get(key, "") not in words), "")


def _choose(
    rule: Rule, facts: Mapping[str, str], people: Iterable[Candidate]
) -> tuple[int | None, tuple[Considered, ...]]:
    if rule.choose == "queue":
        return None, ()
    fit, considered = [], []
    for one in people:
        verdict = _unfit(rule, facts, one)
        if verdict:
            considered.append(Considered(one.person, one.name, verdict, one.load, one.last))
        else:
            fit.append(one)
    fit.sort(key=lambda one: _order(rule, one))
    for number, one in enumerate(fit):
        considered.insert(number, Considered(one.person, one.name, _verdict(rule, one, fit[0]), one.load, one.last))
    return (fit[0].person if fit else None), tuple(considered)


def _unfit(rule: Rule, facts: Mapping[str, str], one: Candidate) -> str:
    if rule.choose == "engineer" and not one.engineer:
        return "not_engineer"
    if not one.on_shift:
        return "off_shift"
    if rule.skill and rule.skill not in one.skills:
        return "lacks_skill"
    if rule.speaks and facts.get("language") not in one.languages:
        return "speaks_not"
    return "has_most" if rule.most and one.load >= rule.most else ""


def _order(rule: Rule, one: Candidate) -> tuple[Any, ...]:
    longest_ago = (one.last is not None, one.last.timestamp() if one.last else 0.0, one.person)
    if rule.choose == "engineer":
        return (one.engineer, one.person)
    return (one.load, *longest_ago) if rule.choose == "least_load" else longest_ago


def _verdict(rule: Rule, one: Candidate, best: Candidate) -> str:
    if one is best:
        return "chosen"
    if rule.choose == "least_load" and one.load > best.load:
        return "has_more"
    return "stands_in" if rule.choose == "engineer" else "had_later"
