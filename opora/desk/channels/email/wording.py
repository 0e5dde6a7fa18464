"""The words of our own letters, in the reader's language. Texts only: nothing is read or written here."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Texts made inside are in this language, English when we do not speak it."""
    with translation.override("ru" if language.startswith("ru") else "en"):
        yield


def acknowledgement(name: str, mark: str, due_at: datetime | None, zone: str) -> str:
    """We have your letter, this is its number, and this is what we promise."""
    return "\n\n".join(
        [
            greeting(name),
            _("Thank you for writing. Your request has the number %(mark)s.") % {"mark": mark},
            promise(due_at, zone),
            _("To add something, just answer this letter."),
        ]
    )


def taken_down(name: str, mark: str, said: str, due_at: datetime | None, zone: str) -> str:
    """A colleague wrote the request down for the customer: this is what stands there."""
    return "\n\n".join(
        [
            greeting(name),
            _("We have written down your request. It has the number %(mark)s and says:") % {"mark": mark},
            said,
            promise(due_at, zone),
            _("If something is missing or wrong, just answer this letter."),
        ]
    )


def too_large(megabytes: int) -> str:
    """What stands in place of a letter that was too large to be taken."""
    return _(
        "[The letter had %(size)s MB, more than we take. Only its beginning is kept; please send large files through "
        "the portal or in several letters.]"
    ) % {"size": megabytes}


def promise(due_at: datetime | None, zone: str) -> str:
    """When we will answer, as far as we promised."""
    if due_at is None:
        return _("We will answer as soon as we can.")
    return _("We will answer by %(moment)s.") % {"moment": moment_words(due_at, zone)}


def welcome(name: str, mark: str, subject: str, by: str) -> str:
    """You have been put in copy."""
    return "\n\n".join(
        [
            greeting(name),
            _("%(by)s has put you in copy of the request %(mark)s: %(subject)s")
            % {"by": by, "mark": mark, "subject": subject},
            _("You will get every answer. To write into the conversation, just answer this letter."),
        ]
    )


def priority_changed(name: str, mark: str, new: str, why: str, due_at: datetime | None, zone: str) -> str:
    """We see the urgency otherwise, and say why (a changed priority is an argued priority)."""
    return "\n\n".join(
        part
        for part in (
            greeting(name),
            _("We have changed the priority of your request %(mark)s to “%(new)s”. The reason:")
            % {"mark": mark, "new": new},
            why,
            promise(due_at, zone) if due_at else "",
            _("If you see it otherwise, just answer this letter."),
        )
        if part
    )


def merged(name: str, mark: str, into: str, subject: str) -> str:
    """Two requests became one."""
    return "\n\n".join(
        [
            greeting(name),
            _("Your request %(mark)s is about the same matter as %(into)s: %(subject)s")
            % {"mark": mark, "into": into, "subject": subject},
            _("We go on in %(into)s; every word you wrote is there. To add something, just answer this letter.")
            % {"into": into},
        ]
    )


def greeting(name: str) -> str:
    """Hello, with the name if there is one."""
    return _("Hello %(name)s,") % {"name": name} if name else _("Hello,")


def footer(mark: str, link: str) -> str:
    """Where the conversation can be read."""
    return (
        _("Request %(mark)s: %(link)s") % {"mark": mark, "link": link}
        if link
        else _("Request %(mark)s") % {"mark": mark}
    )


def quotation_intro(at: datetime, zone: str, name: str) -> str:
    """The line above what is answered."""
    return _("On %(moment)s, %(name)s wrote:") % {"moment": moment_words(at, zone), "name": name or "…"}


def on_behalf(name: str, desk: str) -> str:
    """The sender's name on a copy of somebody's words."""
    return _("%(name)s via %(desk)s") % {"name": name, "desk": desk} if name else desk


def moment_words(at: datetime, zone: str) -> str:
    """A moment in the reader's zone, with the zone: 14 September 2026, 14:30 (Europe/Moscow)."""
    try:
        local = at.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        zone, local = "UTC", at.astimezone(ZoneInfo("UTC"))
    return f"{date_format(local, 'j E Y' if translation.get_language() == 'ru' else 'j F Y')}, {local:%H:%M} ({zone})"
