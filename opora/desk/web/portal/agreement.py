"""A contract in plain words: what was promised for each priority, and in which hours it counts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from opora.desk.customers.models import ContractVersion
from opora.desk.sla.models import Clock
from opora.desk.sla.queries import calendar_of
from opora.desk.sla.rules import Calendar
from opora.desk.tickets import definitions
from opora.desk.web.portal.plain import TO_CUSTOMERS, length_in_words, name_of_zone


@dataclass(frozen=True, slots=True)
class Target:
    """One line of the table: a priority, what it means, and for each promise its name and length."""

    name: str
    meaning: str
    lengths: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """The terms as a reader understands them."""

    promises: Sequence[str]
    targets: Sequence[Target]
    hours: Sequence[str]
    holidays: str
    zone: str


def in_words(terms: ContractVersion) -> Agreement:
    """The terms in the reader's language."""
    calendar = calendar_of(terms.calendar_version)
    promises = [one for one in Clock.Promise if one.value in terms.targets and one.value in TO_CUSTOMERS]
    targets = [
        Target(
            str(name),
            str(meaning),
            [
                (str(one.label), _length(terms.targets[one.value].get(code), always=calendar.is_always))
                for one in promises
            ],
        )
        for code, (name, meaning, _example) in definitions.PRIORITIES.items()
    ]
    holidays = _("Official holidays do not count.") if calendar.official else ""
    return Agreement(
        [str(promise.label) for promise in promises],
        targets,
        list(_hours(calendar)),
        holidays,
        name_of_zone(calendar.zone),
    )


def _length(seconds: int | None, *, always: bool) -> str:
    return "—" if seconds is None else length_in_words(seconds, always=always)


def _hours(calendar: Calendar) -> Iterator[str]:
    if calendar.is_always:
        yield _("Round the clock, every day")
        return
    for hours, days in groupby(range(7), key=lambda day: calendar.week[day]):
        run = list(days)
        said = ", ".join(f"{_clock(one.start)}–{_clock(one.end)}" for one in hours) or _("closed")
        yield f"{_days(run[0], run[-1])}: {said}"


def _days(first: int, last: int) -> str:
    names = (
        pgettext("weekday, short", "Mon"),
        pgettext("weekday, short", "Tue"),
        pgettext("weekday, short", "Wed"),
        pgettext("weekday, short", "Thu"),
        pgettext("weekday, short", "Fri"),
        pgettext("weekday, short", "Sat"),
        pgettext("weekday, short", "Sun"),
    )
    return names[first] if first == last else f"{names[first]}–{names[last]}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
