"""The words of our own letters, in the reader's language. Texts only: nothing is read or written here."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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


def acknowledgement(name: str, mark: str, due_at: datetime | None, zone: str, *, own: str = "") -> str:
    """We have your letter, this is its number, and this is what we promise; in a mailbox's `own` words if it has any."""
    if own:
        known = {"name": name, "number": mark, "promise": promise(due_at, zone)}
        return re.sub(r"\{(name|number|promise)\}", lambda found: known[found[1]], own)
    return "\n\n".join(
        [
            greeting(name),
            _("Thank you for writing. Your request has the number %(mark)s.") % {"mark": mark},
            promise(due_at, zone),
            _("To add something, just answer this letter."),
        ]
    )


def taken_down(name: str, mark: str, said: str, due_at: datetime | None, zone: str, *, unconfirmed: bool) -> str:
    """A colleague wrote the request down for the customer: this is what stands there, and what begins with its word."""
    begins = _(
        "Please answer this letter that it is right. Our promised time begins with your written word, and nobody touches "
        "your systems before it."
    )
    return "\n\n".join(
        [
            greeting(name),
            _("We have written down your request. It has the number %(mark)s and says:") % {"mark": mark},
            said,
            begins if unconfirmed else promise(due_at, zone),
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


@dataclass(frozen=True, slots=True)
class Meaning:
    """A priority: its name, what it means, and an example."""

    name: str
    meaning: str
    example: str

    def __str__(self) -> str:
        return f"“{self.name}”: {self.meaning} {self.example}".strip()


def priority_changed(
    name: str,
    mark: str,
    old: Meaning,
    new: Meaning,
    why: str,
    promised: tuple[datetime | None, str],
    objecting_at: str,
) -> str:
    """We see the urgency otherwise, and say why (a changed priority is an argued priority); how to object."""
    how = _("If you see it otherwise, just answer this letter.")
    if objecting_at:
        how = _("You see it otherwise? One click brings it to our shift lead, who must answer: %(link)s") % {
            "link": objecting_at
        }
    return "\n\n".join(
        part
        for part in (
            greeting(name),
            _("We have changed the priority of your request %(mark)s to “%(new)s”. The reason:")
            % {"mark": mark, "new": new.name},
            why,
            _("What the two mean:") + f"\n{old}\n{new}",
            promise(*promised) if promised[0] else "",
            how,
        )
        if part
    )


def objection_decided(
    name: str, mark: str, stands: Meaning, why: str, promised: tuple[datetime | None, str], *, upheld: bool
) -> str:
    """The shift lead has looked at the objection, and says what holds and why."""
    decided = (
        _("Our shift lead has looked at your objection on %(mark)s. The priority stays “%(name)s”. The reason:")
        if upheld
        else _("Our shift lead agrees with you: the priority of %(mark)s is “%(name)s” again. The reason:")
    )
    return "\n\n".join(
        part
        for part in (
            greeting(name),
            decided % {"mark": mark, "name": stands.name},
            why,
            str(stands),
            promise(*promised) if promised[0] else "",
        )
        if part
    )


def status_question_subject() -> str:
    """Of the letter that asks an address whether it wants the status."""
    return _("Do you want our status by mail?")


def status_question(link: str) -> str:
    """Somebody typed this address: only its owner can say yes."""
    return "\n\n".join(
        [
            greeting(""),
            _("Somebody, probably you, asked us to send news of incidents and planned works to this address."),
            _("If you want that, open this page and press the button: %(link)s") % {"link": link},
            _("If not, do nothing: without your yes we send nothing more."),
        ]
    )


def status_footer(page: str, leave: str) -> str:
    """Where everything can be read, and how to get no more."""
    lines = [_("Everything at a glance: %(page)s") % {"page": page} if page else ""]
    lines.append(_("To get no more of these letters: %(leave)s") % {"leave": leave} if leave else "")
    return "\n".join(line for line in lines if line)


def work_subject(title: str, *, cancelled: bool) -> str:
    """Of a letter about a planned work."""
    said = _("Cancelled: %(title)s") if cancelled else _("Planned work: %(title)s")
    return said % {"title": title}


def window_words(starts_at: datetime, ends_at: datetime, zone: str) -> str:
    """From when to when."""
    window = {"start": moment_words(starts_at, zone), "end": moment_words(ends_at, zone)}
    return _("From %(start)s to %(end)s") % window


def vendor_chased(subject: str, number: str, opened_at: datetime) -> str:
    """We ask a vendor again, politely and with the number."""
    asked = _("We wrote to you on %(day)s about “%(subject)s” and still wait for your answer.") % {
        "day": date_format(opened_at, "j E Y" if translation.get_language() == "ru" else "j F Y"),
        "subject": subject,
    }
    named = _("Your number of the case is %(number)s.") % {"number": number} if number else ""
    how = _("Please tell us how far it is and when we may expect a result. Just answer this letter.")
    return "\n\n".join(part for part in (greeting(""), asked, named, how) if part)


def vendor_footer(author: str, desk: str, mark: str, number: str) -> str:
    """Who writes, and by which numbers the case is known on both sides."""
    both = _("Our case %(mark)s, yours %(number)s") if number else _("Our case %(mark)s")
    return "\n".join(part for part in (author, desk, both % {"mark": mark, "number": number}) if part)


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


def confirmation_subject(mark: str, subject: str) -> str:
    """The subject of a request for confirmation."""
    return _("Please confirm %(mark)s: %(subject)s") % {"mark": mark, "subject": subject}


def confirmation_asked(
    name: str, statement: str, place: str, expires_at: datetime, zone: str, *, by_letter: bool
) -> str:
    """The text to confirm, word for word, and how to answer."""
    how = _("Or answer this letter with one word: “Yes” or “No”. Anything else is read by a person and opens nothing.")
    only = _("Such work can be confirmed on that page or in the portal only, not by an answer to this letter.")
    return "\n\n".join(
        [
            greeting(name),
            _("Before we touch your systems we need your word. This is exactly what we would do:"),
            statement.strip(),
            _("Confirm, decline or name another time here (only the button decides, opening the page does not):"),
            place,
            how if by_letter else only,
            _("Please do not pass this letter on: the link is yours. It is good until %(moment)s.")
            % {"moment": moment_words(expires_at, zone)},
        ]
    )


def confirmation_settled(name: str, mark: str, state: str, by: str, words: str, statement: str) -> str:
    """What became of a request for confirmation, and by whom."""
    said = [_("Their words: %(words)s") % {"words": words}] if words.strip() else []
    return "\n\n".join(
        [
            greeting(name),
            _("%(mark)s stands as: %(state)s. By: %(by)s.") % {"mark": mark, "state": state, "by": by},
            *said,
            statement.strip(),
            _("You can take a confirmation back at any moment in the portal; work then stops at once."),
        ]
    )
