"""What was said and what happened, in one order. A message and a note are different things here too: each has its own
kind, its own look and its own template branch."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from opora.desk.kernel.models import Event
from opora.desk.tickets import definitions
from opora.desk.tickets.models import Message, MessageFile, Note, NoteFile
from opora.desk.web.components import files, marks
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
    """A public message (`side` customer or ours) or an internal note (`side` note)."""

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
    came_from: int | None
    files: list[Attachment] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Entry:
    """One of the two: words, or a thin line of history."""

    at: datetime
    said: Said | None = None
    told: Told | None = None


def entries(messages: Iterable[Message], notes: Iterable[Note], history: Iterable[Event]) -> list[Entry]:
    """Everything in the order it happened."""
    found = [Entry(one.at, said=public(one)) for one in messages]
    found += [Entry(one.at, said=internal(one)) for one in notes]
    found += [Entry(told.at, told=told) for told in map(tell, history) if told is not None]
    return sorted(found, key=lambda entry: (entry.at, entry.told is not None))


def public(message: Message) -> Said:
    """A public message: the customer's or ours."""
    ours = message.author_staff_id is not None
    author = message.author_staff or message.author_contact
    who = (author.name if author else "") or _("Automatic letter")
    return Said(
        key=f"m{message.pk}",
        number=message.pk,
        side="ours" if ours else "customer",
        at=message.at,
        who=who,
        avatar=marks.avatar(who),
        ago=marks.ago(message.at),
        text=as_markup(message.text),
        quoted=as_markup(message.quoted),
        channel="" if ours else definitions.CHANNELS.get(message.channel, message.channel),
        automatic=message.automatic,
        came_from=message.came_from_id if message.came_from_id != message.ticket_id else None,
        files=[attachment(one) for one in message.files.all()],
    )


def internal(note: Note) -> Said:
    """An internal note."""
    who = note.author_staff.name if note.author_staff else "Opora"
    return Said(
        key=f"n{note.pk}",
        number=note.pk,
        side="note",
        at=note.at,
        who=who,
        avatar=marks.avatar(who),
        ago=marks.ago(note.at),
        text=as_markup(note.text),
        quoted=SafeString(""),
        channel="",
        automatic=False,
        came_from=note.came_from_id if note.came_from_id != note.ticket_id else None,
        files=[attachment(one) for one in note.files.all()],
    )


def attachment(file: MessageFile | NoteFile) -> Attachment:
    """The file with its address and size."""
    return Attachment(file.name, files.address(file), size_words(file.file.size), files.shown_in_place(file))


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
