"""Letters that came, exactly as they came.

A raw letter is kept in the database row itself: it is acknowledged only after the commit, and nothing else can lose it.
"""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opora.desk.channels.email import states
from opora.desk.customers.models import Contact
from opora.desk.tickets.models import Message, Ticket

from .boxes import Mailbox


class RawLetter(models.Model):
    """A letter as it came: the octets, how they travelled, and what became of them, step by step."""

    class State(models.TextChoices):
        STORED = states.STORED, _("Waiting to be read")
        DONE = states.DONE, _("Done")
        QUARANTINED = states.QUARANTINED, _("In quarantine")
        HELD = states.HELD, _("Held back")
        SPAM = states.SPAM, _("Spam")

    class Outcome(models.TextChoices):
        OPENED = states.OPENED, _("Opened a ticket")
        APPENDED = states.APPENDED, _("Added to a ticket")
        DUPLICATE = states.DUPLICATE, _("A copy of a letter we have")
        FILED = states.FILED, _("Filed")
        BOUNCE = states.BOUNCE, _("A delivery report")
        OWN = states.OWN, _("A letter of our own that came back")
        VENDOR = states.VENDOR, _("An answer of a vendor")
        BY_HAND = states.BY_HAND, _("A ticket was made by hand")

    class Authenticity(models.TextChoices):
        PASS = "pass", _("The sender is proved")
        FAIL = "fail", _("The sender is forged, says the owner of its domain")
        UNKNOWN = "unknown", _("The sender is not proved")

    raw = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    envelope_from = models.CharField(max_length=320, blank=True, default="")
    envelope_to = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    transport = models.CharField(max_length=10)
    source = models.CharField(max_length=500, blank=True, default="")
    received_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.STORED)
    next_try_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")
    steps = models.JSONField(default=list)
    error = models.TextField(blank=True, default="")
    subject = models.CharField(max_length=250, blank=True, default="")
    sender = models.CharField(max_length=320, blank=True, default="")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, blank=True, related_name="raw_letters")
    held_for = models.CharField(max_length=340, blank=True, default="")
    waved_through = models.BooleanField(default=False)
    left_out = models.BigIntegerField(default=0)
    client = models.CharField(max_length=45, blank=True, default="")
    greeting = models.CharField(max_length=255, blank=True, default="")
    authenticity = models.CharField(max_length=7, choices=Authenticity.choices, default=Authenticity.UNKNOWN)
    proof = models.JSONField(default=dict, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index("next_try_at", "id", name="raw_letter_due", condition=Q(state=states.STORED)),
            models.Index("id", name="raw_letter_quarantine", condition=Q(state=states.QUARANTINED)),
            models.Index("held_for", "id", name="raw_letter_held", condition=Q(state=states.HELD)),
            models.Index("id", name="raw_letter_spam", condition=Q(state=states.SPAM)),
            models.Index("decided_at", name="raw_letter_opened", condition=Q(outcome=states.OPENED)),
            models.Index("ticket", "id", name="raw_letter_of_ticket", condition=Q(ticket__isnull=False)),
            models.Index("sha256", name="raw_letter_by_hash"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=tuple(states.RAW)), name="raw_letter_state_known"),
            models.CheckConstraint(
                condition=~Q(state=states.DONE) | ~Q(outcome=""), name="raw_letter_done_has_outcome"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="raw_letter_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="raw_letter_octets_stand",
                operation=pgtrigger.UpdateOf("raw", "sha256", "size", "received_at"),  # type: ignore[no-untyped-call]
            ),
        ]

    def __str__(self) -> str:
        return f"raw letter {self.pk}"


class FetchedLetter(models.Model):
    """Which letter of a mailbox this was: it is stored once, whatever dies between the storing and the marking."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT)
    uid_validity = models.BigIntegerField()
    uid = models.BigIntegerField()
    raw = models.OneToOneField(RawLetter, on_delete=models.PROTECT, related_name="fetched")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "uid_validity", "uid"], name="fetched_once")]

    def __str__(self) -> str:
        return f"{self.mailbox_id}/{self.uid_validity}/{self.uid}"


class InboundLetter(models.Model):
    """What is known of a letter that was understood: for threads, duplicates and the ticket's page.

    `mail_id` is its Message-ID without brackets; `message` is what the ticket says.
    """

    raw = models.OneToOneField(RawLetter, on_delete=models.PROTECT, primary_key=True, related_name="understood")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, related_name="inbound_letters")
    message = models.OneToOneField(Message, on_delete=models.PROTECT, null=True, related_name="inbound_letter")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True)
    mailbox = models.ForeignKey("Mailbox", on_delete=models.PROTECT, null=True)
    candidate = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, related_name="+")
    mail_id = models.CharField(max_length=420)
    references = ArrayField(models.CharField(max_length=420), default=list)
    content_hash = models.CharField(max_length=64)
    sender = models.CharField(max_length=320)
    addressed = ArrayField(models.CharField(max_length=320), default=list)
    automatic = models.CharField(max_length=200, blank=True, default="")
    answerable = models.BooleanField(default=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mail_id", "content_hash"], name="inbound_letter_once")]
        indexes = [
            models.Index("ticket", "raw", name="inbound_of_ticket", condition=Q(ticket__isnull=False)),
            models.Index("sender", "at", name="inbound_of_sender"),
        ]

    def __str__(self) -> str:
        return f"<{self.mail_id}>"


class Lesson(models.Model):
    """A colleague's word on whether a letter is spam, for the filter to learn."""

    raw = models.ForeignKey(RawLetter, on_delete=models.PROTECT, related_name="lessons")
    spam = models.BooleanField()
    made_at = models.DateTimeField()
    taught_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        indexes = [models.Index("id", name="lesson_waits", condition=Q(taught_at__isnull=True))]

    def __str__(self) -> str:
        return f"{'spam' if self.spam else 'ham'}: {self.raw_id}"
