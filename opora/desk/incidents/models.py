"""Mass incidents with their members and updates, root-cause letters, planned works, and who reads the public status by mail.

What was told is never changed; the database holds that.
"""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from opora.desk.catalogue.models import Service
from opora.desk.incidents import states
from opora.desk.incidents.rules import in_language
from opora.desk.people.models import Staff
from opora.desk.tickets.models import Message, Ticket


class MassIncident(models.Model):
    """One trouble of many customers. A public one stands on the status page; it never names a customer."""

    class State(models.TextChoices):
        OPEN = states.OPEN, _("Going on")
        OVER = states.OVER, _("Over")

    title = models.CharField(max_length=200)
    title_ru = models.CharField(max_length=200, blank=True, default="")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, null=True, blank=True)
    state = models.CharField(max_length=5, choices=State.choices, default=states.OPEN)
    public = models.BooleanField(default=True)
    began_at = models.DateTimeField()
    declared_by = models.ForeignKey(Staff, on_delete=models.PROTECT)
    declared_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True, blank=True)
    next_word_at = models.DateTimeField(null=True, blank=True)
    members = models.ManyToManyField(Ticket, through="IncidentMember", related_name="incidents")

    class Meta:
        indexes = [models.Index("state", "began_at", "id", name="incident_by_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=states.OPEN, over_at__isnull=True) | Q(state=states.OVER, over_at__isnull=False),
                name="incident_over_says_when",
            )
        ]

    def __str__(self) -> str:
        return in_language(get_language() or "en", self.title, self.title_ru)


class IncidentMember(models.Model):
    """A ticket that is part of the incident; in one at a time."""

    incident = models.ForeignKey(MassIncident, on_delete=models.PROTECT)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket"], condition=Q(left_at=None), name="member_of_one_incident")
        ]
        indexes = [models.Index("incident", "id", name="members_of_incident")]

    def __str__(self) -> str:
        return f"{self.ticket_id} in {self.incident_id}"


class IncidentUpdate(models.Model):
    """What was told of the incident at one moment, to all its customers and, when it is public, on the status page."""

    class Stage(models.TextChoices):
        INVESTIGATING = states.INVESTIGATING, _("We are looking for the cause")
        IDENTIFIED = states.IDENTIFIED, _("The cause is known")
        WATCHING = states.WATCHING, _("It works again; we watch it")
        ENDED = states.ENDED, _("Solved")

    incident = models.ForeignKey(MassIncident, on_delete=models.PROTECT, related_name="updates")
    at = models.DateTimeField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT)
    stage = models.CharField(max_length=13, choices=Stage.choices)
    text = models.TextField(blank=True, default="")
    text_ru = models.TextField(blank=True, default="")
    found = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [models.Index("incident", "id", name="updates_of_incident")]
        constraints = [models.CheckConstraint(condition=~Q(text="", text_ru=""), name="update_says_something")]
        triggers = [pgtrigger.Protect(name="update_stands", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return in_language(get_language() or "en", self.text, self.text_ru)


class IncidentWord(models.Model):
    """The update as it was said on one ticket: once."""

    update = models.ForeignKey(IncidentUpdate, on_delete=models.PROTECT, related_name="words")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["update", "ticket"], name="update_said_once_a_ticket")]

    def __str__(self) -> str:
        return f"update {self.update_id} on {self.ticket_id}"


class RootCauseLetter(models.Model):
    """What we owe the customer after a total outage: why it was, written by one and approved by another."""

    class State(models.TextChoices):
        OWED = states.OWED, _("To be written")
        PROPOSED = states.PROPOSED, _("Waits for approval")
        SENT = states.SENT, _("Sent")

    ticket = models.OneToOneField(Ticket, on_delete=models.PROTECT, related_name="root_cause_letter")
    state = models.CharField(max_length=8, choices=State.choices, default=states.OWED)
    owed_at = models.DateTimeField()
    text = models.TextField(blank=True, default="")
    author = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField(null=True, blank=True)
    returned_words = models.TextField(blank=True, default="")
    approved_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    sent_at = models.DateTimeField(null=True, blank=True)
    message = models.OneToOneField(Message, on_delete=models.PROTECT, null=True, blank=True)

    class Meta:
        indexes = [models.Index("owed_at", "id", name="letter_unsent", condition=~Q(state=states.SENT))]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=list(states.LETTERS)), name="letter_state_known"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("author")), name="letter_approved_by_another"
            ),
            models.CheckConstraint(
                condition=~Q(state=states.SENT)
                | Q(author__isnull=False, approved_by__isnull=False, message__isnull=False, sent_at__isnull=False),
                name="letter_sent_when_approved",
            ),
        ]

    def __str__(self) -> str:
        return f"root cause of {self.ticket_id}"


class PlannedWork(models.Model):
    """Work on services in a window that is told beforehand."""

    class State(models.TextChoices):
        PLANNED = states.PLANNED, _("Planned")
        CANCELLED = states.CANCELLED, _("Cancelled")

    title = models.CharField(max_length=200)
    title_ru = models.CharField(max_length=200, blank=True, default="")
    text = models.TextField(blank=True, default="")
    text_ru = models.TextField(blank=True, default="")
    services = models.ManyToManyField(Service)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=states.PLANNED)
    planned_by = models.ForeignKey(Staff, on_delete=models.PROTECT)
    planned_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("ends_at", "id", name="work_by_end")]
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="work_ends_after_start")]

    def __str__(self) -> str:
        return in_language(get_language() or "en", self.title, self.title_ru)

    @property
    def words(self) -> str:
        """What the work means for the reader, in the reader's language."""
        return in_language(get_language() or "en", self.text, self.text_ru)


class Subscriber(models.Model):
    """Somebody who wants the public status by mail; only once the address itself has said so."""

    email = models.CharField(max_length=254, unique=True)
    language = models.CharField(max_length=5, default="en")
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index("id", name="subscriber_confirmed", condition=Q(confirmed_at__isnull=False))]
        constraints = [models.CheckConstraint(condition=Q(email=Lower("email")), name="subscriber_email_lower")]

    def __str__(self) -> str:
        return self.email
