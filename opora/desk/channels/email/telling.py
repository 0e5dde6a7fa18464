"""Telling open pages that a letter came on: one event per letter, in the transaction that wrote down how far it came."""

from datetime import datetime

from opora.desk.kernel.actions import SYSTEM, Actor, announce

from . import events
from .models import OutgoingLetter


def settled(letter: OutgoingLetter, *, at: datetime, by: Actor = SYSTEM) -> None:
    """Announce it, if the letter carries a message of a ticket: nobody watches the others."""
    if letter.ticket_id is not None and letter.message_id is not None:
        announce(events.SETTLED, subject=("ticket", letter.ticket_id), by=by, at=at, message=letter.message_id)
