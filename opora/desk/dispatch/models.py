"""What a colleague should know now, and the views of the queue they keep."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opora.desk.customers.models import Organisation
from opora.desk.dispatch import states
from opora.desk.people.models import Staff, Team
from opora.desk.tickets.models import Ticket


class Notice(models.Model):
    """One line for one colleague about one ticket; read once, kept as a fact."""

    class Kind(models.TextChoices):
        ASSIGNED = "assigned", _("Assigned to you")
        CONFIRMATION = "confirmation", _("The customer’s word on a confirmation")
        CUSTOMER_WROTE = "customer_wrote", _("The customer wrote")
        DUE_SOON = "due_soon", _("A promise runs out soon")
        ESCALATED = "escalated", _("Escalated: nobody has it yet")
        HANDED_OVER = "handed_over", _("Handed to your line")
        MISSED = "missed", _("A promise was missed")
        NO_ANSWER = "no_answer", _("Nobody confirmed: call the customer")
        OBJECTED = "objected", _("The customer objects to the priority")
        OPENED = "opened", _("New in your line")
        OUTAGE = "outage", _("A total outage")
        VENDOR_ANSWERED = "vendor_answered", _("The vendor answered")
        VENDOR_SILENT = "vendor_silent", _("The vendor stays silent")

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    event_id = models.BigIntegerField()
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "event_id"], name="notice_once")]
        indexes = [models.Index("staff", "id", name="notice_unread", condition=Q(read_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.kind} for {self.staff_id}"


class SavedView(models.Model):
    """A filter of the queue that a colleague gave a name; shared ones are seen by everybody."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE)
    name = models.CharField(max_length=60)
    queue = models.CharField(max_length=20)
    filters = models.JSONField(default=dict)
    shared = models.BooleanField(default=False)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name


class OwnEngineer(models.Model):
    """A customer's own engineer, or the one who stands in. Routing asks for them by name."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT)
    stands_in = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "stands_in"], name="own_engineer_once")]

    def __str__(self) -> str:
        return f"{self.staff_id} for {self.organisation_id}"


class RuleBook(models.Model):
    """One version of the ordered rules by which tickets find their line and their person. Never changed, only followed."""

    number = models.PositiveIntegerField(unique=True)
    rules = models.JSONField()
    why = models.CharField(max_length=300)
    made_by = models.ForeignKey(Staff, on_delete=models.PROTECT)
    made_at = models.DateTimeField()

    class Meta:
        triggers = [pgtrigger.Protect(name="rule_book_is_for_ever", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"rules v{self.number}"


class Placement(models.Model):
    """Why a ticket is where it is: the rule in its own words, who was considered, and what became of each.

    `skill` is what whoever takes it from the queue must have.
    """

    class By(models.TextChoices):
        RULES = "rules", _("by a rule")
        PULL = "pull", _("taken as the next")

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE)
    at = models.DateTimeField()
    by = models.CharField(max_length=5, choices=By.choices)
    book = models.ForeignKey(RuleBook, on_delete=models.PROTECT, null=True, blank=True)
    place = models.PositiveSmallIntegerField(null=True, blank=True)
    line = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True)
    person = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True)
    skill = models.CharField(max_length=40, blank=True, default="")
    reasons = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index("ticket", "id", name="placement_of_ticket"),
            models.Index("person", "at", name="placement_of_person", condition=Q(person__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"placement of {self.ticket_id}"


class EscalationPolicy(models.Model):
    """Who is told by whom and when, while nobody has a matter. What it says stands in its versions."""

    name = models.CharField(max_length=80, unique=True)
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class EscalationTerms(models.Model):
    """One version of a policy. A case keeps the version under which it began, whatever is written later."""

    policy = models.ForeignKey(EscalationPolicy, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    terms = models.JSONField()
    made_by = models.ForeignKey(Staff, on_delete=models.PROTECT)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["policy", "number"], name="escalation_terms_once")]
        triggers = [
            pgtrigger.Protect(name="escalation_terms_are_for_ever", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.policy_id} v{self.number}"


class Escalation(models.Model):
    """A case of telling people, step by step, until somebody says "I have it". `next_at` is the step to come."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="escalations")
    terms = models.ForeignKey(EscalationTerms, on_delete=models.PROTECT)
    why = models.CharField(max_length=10)
    promise = models.CharField(max_length=40, blank=True, default="")
    state = models.CharField(max_length=12, choices=[(one, one) for one in states.STATES], default=states.RUNNING)
    began_at = models.DateTimeField()
    round = models.PositiveSmallIntegerField(default=0)
    step = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index("next_at", "id", name="escalation_due", condition=Q(next_at__isnull=False))]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "terms"], condition=Q(state__in=["running", "exhausted"]), name="escalation_open_once"
            ),
            models.CheckConstraint(
                condition=Q(state="running", next_at__isnull=False) | (~Q(state="running") & Q(next_at__isnull=True)),
                name="escalation_waits_or_not",
            ),
        ]

    def __str__(self) -> str:
        return f"escalation of {self.ticket_id}: {self.state}"
