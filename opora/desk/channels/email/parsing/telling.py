"""A letter told as plain facts: the object `opora mail parse` prints."""

from datetime import datetime
from typing import Any

from .letter import Attachment, Invitation, Letter, Person


def as_facts(letter: Letter, authentication: dict[str, str] | None = None) -> dict[str, Any]:
    """The letter as JSON can hold it. Moments are ISO 8601 in UTC, ids have no angle brackets, hashes are hexadecimal.

    `forwarded` and `calendar` are null when the letter is no such thing; `date` is null when it names none.
    """
    inner = letter.forwarded
    return {
        "subject": letter.subject,
        "from": _person(letter.sender),
        "to": [_person(person) for person in letter.to],
        "cc": [_person(person) for person in letter.cc],
        "date": _moment(letter.date),
        "message_id": letter.message_id,
        "in_reply_to": list(letter.in_reply_to),
        "references": list(letter.references),
        "text": letter.text,
        "html": letter.html,
        "reply_text": letter.reply_text,
        "quoted_text": letter.quoted_text,
        "attachments": [_file(file) for file in letter.attachments],
        "automatic": {"is": bool(letter.automatic), "why": letter.automatic.why},
        "bounce": {
            "is": bool(letter.bounce),
            "kind": letter.bounce.kind,
            "status": letter.bounce.status,
            "recipients": list(letter.bounce.recipients),
        },
        "forwarded": {"from": _person(inner.sender), "subject": inner.subject, "date": _moment(inner.date)}
        if inner
        else None,
        "signed": bool(letter.signed),
        "encrypted": bool(letter.encrypted),
        "calendar": _invitation(letter.calendar) if letter.calendar else None,
        "authentication": authentication or {"dmarc": "unknown", "dkim": "unknown", "spf": "unknown", "by": ""},
        "defects": list(letter.defects),
    }


def _person(person: Person | None) -> dict[str, str]:
    return {"email": person.email, "name": person.name} if person else {"email": "", "name": ""}


def _file(file: Attachment) -> dict[str, Any]:
    return {
        "name": file.name,
        "type": file.type,
        "size": file.size,
        "sha256": file.sha256,
        "inline": file.inline,
        "content_id": file.content_id,
    }


def _invitation(asked: Invitation) -> dict[str, Any]:
    return {
        "method": asked.method,
        "summary": asked.summary,
        "start": _moment(asked.start),
        "end": _moment(asked.end),
        "all_day": asked.all_day,
        "location": asked.location,
        "organizer": _person(asked.organizer),
        "address": asked.address,
        "uid": asked.uid,
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
