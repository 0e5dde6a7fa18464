"""The conversation as the page shows it: public messages with what happened between them, in one order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from opora.desk.customers.models import Contact
from opora.desk.kernel.files import SAFE_IMAGES
from opora.desk.tickets import definitions, events
from opora.desk.tickets.reading import Enclosed, PublicEvent, PublicWords, by_words
from opora.desk.web.components.files import public_address


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of a message: what it is called, how large it is, where it is handed out."""

    name: str
    size: int
    address: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in the conversation: a message, or a line of history. `mark` is its id in the page, always the same."""

    mark: str
    at: datetime
    message: PublicWords | None = None
    author: str = ""
    ours: bool = False
    mine: bool = False
    pictures: Sequence[Attached] = ()
    papers: Sequence[Attached] = ()
    line: str = ""
    why: str = ""


def entries(
    words: Sequence[PublicWords], files: list[Enclosed], happened: Sequence[PublicEvent], reader: Contact
) -> list[Entry]:
    """Messages and public history together, oldest first; what one moment brought stays in the order it was written."""
    enclosed = by_words(files)
    said = [_of_message(message, enclosed.get(message.number, []), reader) for message in words]
    lines = [_of_event(event, number) for number, event in enumerate(happened) if event.name != events.OPENED]
    return sorted([*said, *lines], key=lambda entry: (entry.at, entry.message is None))


def _of_message(message: PublicWords, files: list[Enclosed], reader: Contact) -> Entry:
    name = message.contact if message.colleague is None else message.colleague
    return Entry(
        mark=f"message-{message.number}",
        at=message.at,
        message=message,
        author=_("Automatic message") if name is None else name or _("Without a name"),
        ours=message.contact is None,
        mine=message.contact_number == reader.pk,
        pictures=[_attached(file) for file in files if file.type in SAFE_IMAGES],
        papers=[_attached(file) for file in files if file.type not in SAFE_IMAGES],
    )


def _attached(file: Enclosed) -> Attached:
    return Attached(file.name, file.size, public_address(file.number, file.name))


def _of_event(event: PublicEvent, number: int) -> Entry:
    facts = {
        "who": event.actor_name,
        "about": event.about,
        "old": _priority(event.old),
        "new": _priority(event.new),
    }
    line = _LINES[event.name]() % facts if event.name in _LINES else ""
    if event.name == events.CLOSED and event.actor_kind == "system":
        line = _("Closed, for nobody objected to the solution")
    if event.name == events.OBJECTION_DECIDED and event.outcome == "returned":
        line = _("%(who)s gave the priority back: it is “%(old)s” again") % facts
    return Entry(mark=f"event-{number}", at=event.at, line=line, why=event.why)


def _priority(code: str) -> str:
    return str(definitions.PRIORITIES[code][0]) if code in definitions.PRIORITIES else code


_LINES = {
    events.CLOSED: lambda: _("%(who)s closed the request"),
    events.MERGED: lambda: _("%(who)s joined this request with %(about)s, for both are about the same thing"),
    events.OBJECTED: lambda: _("%(who)s objected to the changed priority; our shift lead will answer"),
    events.OBJECTION_DECIDED: lambda: _("%(who)s looked at the objection: the priority stays “%(new)s”"),
    events.PARTICIPANT_ADDED: lambda: _("%(who)s put %(about)s in copy"),
    events.PARTICIPANT_REMOVED: lambda: _("%(who)s took %(about)s out of copy"),
    events.PRIORITY_CHANGED: lambda: _("%(who)s changed the priority from “%(old)s” to “%(new)s”"),
    events.REOPENED: lambda: _("%(who)s opened the request again"),
    events.RESOLVED: lambda: _("%(who)s marked the request as solved"),
    events.SPLIT: lambda: _("%(who)s made two requests out of one: see %(about)s"),
}
