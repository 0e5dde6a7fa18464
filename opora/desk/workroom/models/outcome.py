"""What came of the work: the engineer's summary, the customer's choice, a repair ordered in writing, hours booked."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opora.desk.consent.models import Answer, ConfirmationRequest
from opora.desk.customers.models import Contact, System
from opora.desk.people.models import Staff
from opora.desk.tickets.models import Ticket
from opora.desk.workroom.models.agreeing import Agreement

_KEPT = pgtrigger.Update | pgtrigger.Delete


class Summary(models.Model):
    """What was found and done, in the engineer's words. A better one is a new one; the newest is shown first."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="summaries")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="summary_says_something")]
        triggers = [pgtrigger.Protect(name="summary_stands", operation=_KEPT)]

    def __str__(self) -> str:
        return self.text[:60]


class Choice(models.Model):
    """The fork after the work: the customer repairs it itself, or orders the repair. The newest holds."""

    class Way(models.TextChoices):
        OURSELVES = "ourselves", _("we fix it ourselves")
        ORDER = "order", _("order the repair")

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="choices")
    way = models.CharField(max_length=9, choices=Way.choices)
    by_contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by_staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    words = models.TextField(blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(by_contact__isnull=False, by_staff=None) | Q(by_contact=None, by_staff__isnull=False),
                name="choice_has_one_author",
            )
        ]
        triggers = [pgtrigger.Protect(name="choice_stands", operation=_KEPT)]

    def __str__(self) -> str:
        return self.way


class RepairOrder(models.Model):
    """An estimate and the request for confirmation that makes it a written order."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="repairs")
    request = models.OneToOneField(ConfirmationRequest, on_delete=models.PROTECT, related_name="repair")
    minutes = models.PositiveIntegerField()
    price = models.CharField(max_length=100, blank=True, default="")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(minutes__gt=0), name="repair_takes_time")]
        triggers = [pgtrigger.Protect(name="repair_stands", operation=_KEPT)]

    def __str__(self) -> str:
        return f"{self.minutes} min"


class WorkTime(models.Model):
    """Time spent on a customer's side, with the confirmation and the answer it rests on."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="work_times")
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="+")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    began_at = models.DateTimeField()
    minutes = models.PositiveIntegerField()
    words = models.CharField(max_length=500)
    request = models.ForeignKey(ConfirmationRequest, on_delete=models.PROTECT, related_name="+")
    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="+")
    booked_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("ticket", "id", name="work_time_by_ticket")]
        constraints = [models.CheckConstraint(condition=Q(minutes__range=(1, 24 * 60)), name="work_time_within_a_day")]
        triggers = [pgtrigger.Protect(name="work_time_stands", operation=_KEPT)]

    def __str__(self) -> str:
        return f"{self.minutes} min"
