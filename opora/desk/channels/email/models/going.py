"""Letters that go out, exactly as they go: octets, Message-ID and recipients are fixed before the first try."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opora.desk.channels.email import states
from opora.desk.customers.models import Contact
from opora.desk.tickets.models import Message, Ticket


class OutgoingLetter(models.Model):
    """A letter of ours: its octets never change once written, whatever happens on the road."""

    class Kind(models.TextChoices):
        REPLY = "reply", _("Answer")
        ACKNOWLEDGEMENT = "received", _("Acknowledgement")
        COPY = "copy", _("Copy")
        WELCOME = "welcome", pgettext_lazy("kind of letter", "Put in copy")
        MERGED = "merged", _("Merged")
        PRIORITY = "priority", pgettext_lazy("kind of letter", "Priority changed")
        OBJECTION = "objects", _("Answer to an objection")
        VENDOR = "vendor", _("To a vendor")
        STATUS = "status", _("Public status")
        NOTICE = "notice", _("Notice")
        CONFIRM = "confirm", _("Request for confirmation")
        SETTLED = "settled", _("Outcome of a request for confirmation")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, related_name="outgoing_letters")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="outgoing_letters")
    mail_id = models.CharField(max_length=420, unique=True)
    subject = models.CharField(max_length=250)
    envelope_from = models.CharField(max_length=320, blank=True, default="")
    raw = models.BinaryField()
    size = models.BigIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("ticket", "id", name="outgoing_of_ticket", condition=Q(ticket__isnull=False))]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "message"], name="outgoing_once_a_message", condition=Q(message__isnull=False)
            )
        ]
        triggers = [
            pgtrigger.Protect(name="outgoing_letter_stands", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"<{self.mail_id}>"


class Recipient(models.Model):
    """One address a letter of ours goes to, and what became of it there."""

    class State(models.TextChoices):
        QUEUED = states.QUEUED, _("Waiting to be sent")
        SENDING = states.SENDING, _("Being sent")
        SENT = states.SENT, _("Sent")
        FAILED = states.FAILED, _("Not delivered")
        UNKNOWN = states.UNKNOWN, _("Unknown whether sent")
        DROPPED = states.DROPPED, _("Let be")

    letter = models.ForeignKey(OutgoingLetter, on_delete=models.PROTECT, related_name="recipients")
    email = models.CharField(max_length=320)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField()
    handed_over_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(
                "next_try_at", "id", name="recipient_due", condition=Q(state__in=[states.QUEUED, states.SENDING])
            ),
            models.Index("id", name="recipient_troubled", condition=Q(state__in=[states.FAILED, states.UNKNOWN])),
            models.Index("email", "id", name="recipient_by_email"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["letter", "email"], name="recipient_once"),
            models.CheckConstraint(condition=Q(state__in=tuple(states.ROAD)), name="recipient_state_known"),
            models.CheckConstraint(
                condition=Q(handed_over_at__isnull=True) | ~Q(state=states.QUEUED),
                name="recipient_handed_over_never_waits",
            ),
            models.CheckConstraint(condition=Q(email__contains="@"), name="recipient_is_address"),
        ]

    def __str__(self) -> str:
        return f"{self.email} of {self.letter_id}"


class CaughtLetter(models.Model):
    """A letter the built-in catcher took instead of a real server, to be looked at in the demo."""

    envelope_from = models.CharField(max_length=320, blank=True, default="")
    envelope_to = ArrayField(models.CharField(max_length=320), default=list)
    subject = models.CharField(max_length=500, blank=True, default="")
    raw = models.BinaryField()
    caught_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(F("id").desc(), name="caught_newest_first")]

    def __str__(self) -> str:
        return f"caught letter {self.pk}"
