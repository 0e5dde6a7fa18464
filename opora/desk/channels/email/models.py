"""Letters that came, exactly as they came, and letters that go out, exactly as they go.

A raw letter is kept in the database row itself: it is acknowledged only after the commit, and nothing else can lose it.
What goes out is fixed - octets, Message-ID, recipients - before the first try.
"""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opora.desk.channels.email import states
from opora.desk.customers.models import Contact
from opora.desk.tickets.models import Message, Ticket


class Mailbox(models.Model):
    """One of the desk's addresses: who its letters come from, and by which road letters to it come in.

    What we keep secret is sealed, or only named (`env:`, `file:`); see `sealing`. With IMAP, `uids_known` is the last uid
    that was stored under `uid_validity`; `kept_back` are those below it that could not be had yet.
    """

    class Road(models.TextChoices):
        SERVER = "server", pgettext_lazy("how letters come", "A mail server hands them over (LMTP, HTTP, pipe)")
        IMAP = "imap", pgettext_lazy("how letters come", "We fetch them (IMAP)")

    class Security(models.TextChoices):
        TLS = "tls", "TLS"
        STARTTLS = "starttls", "STARTTLS"
        PLAIN = "plain", pgettext_lazy("connection", "not encrypted")

    class SignIn(models.TextChoices):
        PASSWORD = "password", pgettext_lazy("sign-in to a mailbox", "Password")
        MICROSOFT = "microsoft", "Microsoft 365 (OAuth2)"
        GOOGLE = "google", "Google (OAuth2)"

    class Afterwards(models.TextChoices):
        MARK = "mark", pgettext_lazy("what is done with a fetched letter", "Leave it there, marked as read")
        MOVE = "move", pgettext_lazy("what is done with a fetched letter", "Move it to another folder")

    address = models.CharField(max_length=254, unique=True)
    name = models.CharField(max_length=80)
    active = models.BooleanField(default=True)
    signature_en = models.TextField(blank=True, default="")
    signature_ru = models.TextField(blank=True, default="")
    acknowledgement_en = models.TextField(blank=True, default="")
    acknowledgement_ru = models.TextField(blank=True, default="")
    road = models.CharField(max_length=8, choices=Road.choices, default=Road.SERVER)
    hook = models.CharField(max_length=64, blank=True, default="")
    border = models.CharField(max_length=253, blank=True, default="")
    host = models.CharField(max_length=253, blank=True, default="")
    port = models.PositiveIntegerField(default=993)
    security = models.CharField(max_length=8, choices=Security.choices, default=Security.TLS)
    login = models.CharField(max_length=254, blank=True, default="")
    sign_in = models.CharField(max_length=10, choices=SignIn.choices, default=SignIn.PASSWORD)
    secret = models.TextField(blank=True, default="")
    client = models.CharField(max_length=200, blank=True, default="")
    client_secret = models.TextField(blank=True, default="")
    token_address = models.CharField(max_length=300, blank=True, default="")
    folder = models.CharField(max_length=200, default="INBOX")
    afterwards = models.CharField(max_length=5, choices=Afterwards.choices, default=Afterwards.MARK)
    moved_to = models.CharField(max_length=200, blank=True, default="")
    with_old = models.BooleanField(default=False)
    silent_minutes = models.PositiveIntegerField(default=10)
    uid_validity = models.BigIntegerField(null=True)
    uids_known = models.BigIntegerField(default=0)
    kept_back = ArrayField(models.BigIntegerField(), default=list)
    made_at = models.DateTimeField()
    heard_at = models.DateTimeField(null=True)
    letter_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(address__contains="@"), name="mailbox_is_address"),
            models.UniqueConstraint(fields=["hook"], condition=~Q(hook=""), name="mailbox_hook_once"),
        ]
        ordering = ["address"]

    def __str__(self) -> str:
        return self.address


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
