"""How much mail an hour may bring and how long a reply waits before it goes, where administration has set it."""

from django.db import models
from django.db.models import Q


class Limits(models.Model):
    """One row at most. Letters an hour from one sender and to one ticket, tickets an hour by mail on the desk, seconds of undo.

    What is empty is as the program's settings say; 0 is no limit, and no delay.
    """

    sender = models.PositiveIntegerField(null=True)
    ticket = models.PositiveIntegerField(null=True)
    desk = models.PositiveIntegerField(null=True)
    undo_seconds = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="limits_are_one_row"),
            models.CheckConstraint(
                condition=Q(undo_seconds=None) | Q(undo_seconds__lte=600), name="limits_undo_ten_minutes_at_most"
            ),
        ]

    def __str__(self) -> str:
        return "limits of mail"
