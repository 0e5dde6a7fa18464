"""Official holidays of a country, laid down as dates in a calendar's terms.

The days come from the `holidays` library once, when a calendar version is made, and then stand in the version: a later
release of the library never re-judges a promise. Both languages of the desk are kept for the explanation.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from opora.desk.sla.rules.calendar import Calendar
from opora.desk.sla.rules.faults import Fault, Faulty, gettext_noop
from opora.desk.sla.rules.reading import KEYS, load, read_calendar

LANGUAGES = {"en": ("en_US", "en_GB", "en"), "ru": ("ru",)}
YEARS_AHEAD = 10


def freeze_holidays(terms: Mapping[str, Any], first_year: int, last_year: int) -> dict[str, Any]:
    """Return the terms with `"holidays": "RU"` (or `"DE-BE"`) replaced by the days themselves, years included.

    Terms without a country, or with days already laid down, come back as they are; raise `Faulty` for an unknown
    country.
    """
    country = terms.get("holidays")
    if not isinstance(country, str):
        return dict(terms)
    days: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        for day, name in official_holidays(country, language, first_year, last_year).items():
            days.setdefault(day.isoformat(), {})[language] = name
    laid_down = {"country": country, "years": [first_year, last_year], "days": dict(sorted(days.items()))}
    return {**terms, "holidays": laid_down}


def read_and_freeze(written: object, first_year: int, last_year: int) -> tuple[Calendar, dict[str, Any]]:
    """Return the calendar people wrote, and its terms with the official holidays of these years laid down.

    Raise `Faulty` with a line per fault: those of the text, of the country, and of the hours, all at once.
    """
    faults: list[Fault] = []
    terms = {key: value for key, value in load(written, faults).items() if key in KEYS}
    laid_down = {key: value for key, value in terms.items() if key != "holidays"}
    calendar = None
    try:
        laid_down = freeze_holidays(terms, first_year, last_year)
    except Faulty as faulty:
        faults += faulty.faults
    try:
        calendar = read_calendar(laid_down)
    except Faulty as faulty:
        faults += faulty.faults
    if faults or calendar is None:
        raise Faulty(faults)
    return calendar, laid_down


def official_holidays(country: str, language: str, first_year: int, last_year: int) -> dict[date, str]:
    """Return day -> name in the language, or in the country's own where the library has no other; raise `Faulty`."""
    import holidays  # a quarter of a second of start-up, and wanted only when a calendar is made

    code, _, part = country.partition("-")
    known = holidays.list_supported_countries(include_aliases=True)
    if code not in known or (part and part not in known[code]):
        unknown = gettext_noop("no official holidays are known for “%(country)s”; write a code such as RU, DE or DE-BE")
        raise Faulty([Fault("holidays", unknown, {"country": country[:20]})])
    spoken_there = holidays.country_holidays(code).supported_languages
    spoken = next((name for name in LANGUAGES[language] if name in spoken_there), None)
    years = range(first_year, last_year + 1)
    found = holidays.country_holidays(code, subdiv=part or None, years=years, language=spoken)
    return {day: str(name) for day, name in found.items()}
