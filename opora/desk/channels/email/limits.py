"""How much mail an hour may bring, and how long a reply can be taken back: by administration, else by the settings.

A figure of 0 is no limit, and no delay.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.kernel.actions import announce
from opora.desk.kernel.actors import Actor
from opora.desk.kernel.errors import Refused

from .models import Limits

LONGEST_UNDO = 600
MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Figures:
    """Letters an hour from one sender and to one ticket, tickets an hour by mail on the whole desk, seconds of undo."""

    sender: int
    ticket: int
    desk: int
    undo_seconds: int


FIELDS = tuple(Figures.__slots__)


def of_the_settings() -> Figures:
    """What holds where administration says nothing."""
    return Figures(
        settings.OPORA_MAIL_SENDER_CAP,
        settings.OPORA_MAIL_TICKET_CAP,
        settings.OPORA_MAIL_FUSE,
        settings.OPORA_UNDO_SECONDS,
    )


def set_by_people() -> dict[str, int | None]:
    """What administration has set, by field; None where it says nothing. One statement."""
    row = Limits.objects.values(*FIELDS).first()
    return dict(row) if row else dict.fromkeys(FIELDS)


def in_force() -> Figures:
    """What holds now. One statement."""
    usual = of_the_settings()
    return Figures(
        **{name: getattr(usual, name) if figure is None else figure for name, figure in set_by_people().items()}
    )


@transaction.atomic
def change(*, by: Actor, at: datetime, **figures: int | None) -> None:
    """Set all four, None for what the settings say. Raises Refused for figures that cannot be."""
    if set(figures) != set(FIELDS) or any(
        figure is not None and not 0 <= figure <= MOST for figure in figures.values()
    ):
        raise Refused("email.no_limits", _("Write whole figures from 0 to a million."))
    if (figures["undo_seconds"] or 0) > LONGEST_UNDO:
        raise Refused(
            "email.undo_too_long",
            _("A reply waits ten minutes at most. Choose a later time for what shall wait longer."),
        )
    Limits.objects.update_or_create(pk=1, defaults=figures)
    announce("email.limits_changed", subject=("desk", 1), by=by, at=at, figures=figures)
