"""What was said and what happened, in one order. A message and a note are different things here too: each has its own
kind, its own look and its own template branch."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from opora.desk.channels.email import queries as letters
from opora.desk.kernel.asking import Answers, Part
from opora.desk.kernel.files import SAFE_IMAGES
from opora.desk.people.models import Staff
from opora.desk.tickets import definitions, reading
from opora.desk.tickets.handoffs import handoffs_of
from opora.desk.tickets.models import Handoff, Ticket
from opora.desk.tickets.reading import Enclosed, InternalWords, PublicWords
from opora.desk.web.components import files, marks
from opora.desk.web.console import deliveries, proofs
from opora.desk.web.console.telling import Told, tell

ADDRESS = re.compile(r"https?://[^\s<>\"'«»]+[^\s<>\"'«».,;:!?)\]]")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as the page shows it."""

    name: str
    address: str
    size: str
    picture: bool


@dataclass(frozen=True, slots=True)
class Said:
    """A public message (`side` customer or ours) or an internal note (`side` note); `formatted` leads to its HTML."""

    key: str
    number: int
    side: str
    at: datetime
    who: str
    avatar: SafeString
    ago: SafeString
    text: SafeString
    quoted: SafeString
    channel: Any
    automatic: bool
    formatted: str
    came_from: int | None
    delivery: SafeString
    files: list[Attachment] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Entry:
    """One of the three: words, a thin line of history, or what a line left behind when it let go."""

    at: datetime
    said: Said | None = None
    told: Told | None = None
    handoff: Handoff | None = None


PARTS: tuple[Part[Any], ...] = (
    reading.PUBLIC_WORDS,
    reading.PUBLIC_FILES,
    reading.INTERNAL_WORDS,
    reading.INTERNAL_FILES,
    reading.HAPPENED,
    letters.WAYS,
    letters.PROOFS,
)
"""What the conversation is made of."""


def entries(ticket: Ticket, found: Answers, staff: Staff) -> list[Entry]:
    """Everything about the ticket in the order it happened, from the answers to `PARTS`."""
    words, notes, history = found[reading.PUBLIC_WORDS], found[reading.INTERNAL_WORDS], found[reading.HAPPENED]
    delivered = proofs.of(ticket, words, found[letters.PROOFS])
    for number, line in deliveries.of(words, found[letters.WAYS], history, staff).items():
        delivered[number] = delivered.get(number, SafeString("")) + line
    public_files = reading.by_words(found[reading.PUBLIC_FILES])
    internal_files = reading.by_words(found[reading.INTERNAL_FILES])
    entries = [Entry(one.at, said=public(ticket, one, public_files, delivered)) for one in words]
    entries += [Entry(one.at, said=internal(ticket, one, internal_files)) for one in notes]
    entries += [Entry(told.at, told=told) for told in map(tell, history) if told is not None]
    if any("handoff" in one.facts for one in history):
        entries += [Entry(one.at, handoff=one) for one in handoffs_of(ticket)]
    return sorted(entries, key=lambda entry: (entry.at, entry.said is None, entry.handoff is not None))


def public(
    ticket: Ticket, message: PublicWords, enclosed: dict[int, list[Enclosed]], delivered: dict[int, SafeString]
) -> Said:
    """A public message: the customer's or ours."""
    ours = message.colleague is not None
    who = message.colleague or message.contact or _("Automatic letter")
    return Said(
        key=f"m{message.number}",
        number=message.number,
        side="ours" if ours else "customer",
        at=message.at,
        who=who,
        avatar=marks.avatar(who),
        ago=marks.ago(message.at),
        text=as_markup(message.text),
        quoted=as_markup(message.quoted),
        channel="" if ours else definitions.CHANNELS.get(message.channel, message.channel),
        automatic=message.automatic,
        formatted=reverse("console:formatted", args=[ticket.pk, message.number]) if message.formatted else "",
        came_from=message.came_from if message.came_from != ticket.pk else None,
        delivery=delivered.get(message.number, SafeString("")),
        files=[attachment(one, files.public_address) for one in enclosed.get(message.number, ())],
    )


def internal(ticket: Ticket, note: InternalWords, enclosed: dict[int, list[Enclosed]]) -> Said:
    """An internal note."""
    who = note.colleague or "Opora"
    return Said(
        key=f"n{note.number}",
        number=note.number,
        side="note",
        at=note.at,
        who=who,
        avatar=marks.avatar(who),
        ago=marks.ago(note.at),
        text=as_markup(note.text),
        quoted=SafeString(""),
        channel="",
        automatic=False,
        formatted="",
        came_from=note.came_from if note.came_from != ticket.pk else None,
        delivery=SafeString(""),
        files=[attachment(one, files.internal_address) for one in enclosed.get(note.number, ())],
    )


def attachment(file: Enclosed, address: Callable[[int, str], str]) -> Attachment:
    """The file with its address and size."""
    picture = file.type in SAFE_IMAGES
    return Attachment(file.name, address(file.number, file.name), size_words(file.size), picture)


def size_words(size: int) -> str:
    """2 KB, 14 MB."""
    if size < 1024 * 1024:
        return _("%(number)s KB") % {"number": max(1, round(size / 1024))}
    return _("%(number)s MB") % {"number": round(size / 1024 / 1024, 1)}


def as_markup(text: str) -> SafeString:
    """The words, escaped; web addresses become links that tell the other side nothing."""
    safe = str(escape(text))
    if "://" in safe:
        safe = ADDRESS.sub(_link, safe)
    return mark_safe(safe)


def _link(found: re.Match[str]) -> str:
    return f'<a href="{found[0]}" rel="noopener noreferrer nofollow" target="_blank">{found[0]}</a>'
