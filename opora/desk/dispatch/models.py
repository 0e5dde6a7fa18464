"""What a colleague should know now, and the views of the queue they keep."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opora.desk.people.models import Staff
from opora.desk.tickets.models import Ticket


class Notice(models.Model):
    """One line for one colleague about one ticket; read once, kept as a fact."""

    class Kind(models.TextChoices):
        ASSIGNED = "assigned", _("Assigned to you")
        CONFIRMATION = "confirmation", _("The customer’s word on a confirmation")
        CUSTOMER_WROTE = "customer_wrote", _("The customer wrote")
        DUE_SOON = "due_soon", _("A promise runs out soon")
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
