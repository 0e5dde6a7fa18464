"""Services the provider sells, grouped, each with the line that answers for it."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from opora.desk.people.models import Team
from opora.desk.sla.models import CalendarVersion


class ServiceGroup(models.Model):
    """A shelf of the catalogue."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    name_ru = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return shown(self.name, self.name_ru)


class Service(models.Model):
    """Something a customer can have and ask about."""

    slug = models.SlugField(max_length=40, unique=True)
    group = models.ForeignKey(ServiceGroup, on_delete=models.PROTECT)
    name = models.CharField(max_length=80)
    name_ru = models.CharField(max_length=80, blank=True)
    description = models.TextField(blank=True)
    line = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["group_id", "pk"]

    def __str__(self) -> str:
        return shown(self.name, self.name_ru)


class Priority(models.TextChoices):
    """How bad an incident is, by name; the meanings stand in the tickets' room, and here where a service differs."""

    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")


class PriorityMeaning(models.Model):
    """What a priority means for one service, where that differs from the general meaning."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="priority_meanings")
    priority = models.CharField(max_length=8, choices=Priority.choices)
    meaning = models.CharField(max_length=300)
    meaning_ru = models.CharField(max_length=300, blank=True)
    example = models.CharField(max_length=300, blank=True)
    example_ru = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "priority"], name="priority_meaning_once"),
            models.CheckConstraint(condition=~models.Q(meaning=""), name="priority_meaning_says_something"),
        ]

    def __str__(self) -> str:
        return shown(self.meaning, self.meaning_ru)

    @property
    def shown_example(self) -> str:
        """The example in the reader's language."""
        return shown(self.example, self.example_ru)


class Vendor(models.Model):
    """Somebody outside whose product or line a service stands on. Left by being made inactive, never deleted."""

    name = models.CharField(max_length=120, unique=True)
    emails = ArrayField(models.CharField(max_length=254), default=list)
    language = models.CharField(max_length=5, default="en")
    portal = models.URLField(max_length=300, blank=True)
    note = models.TextField(blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class VendorTerms(models.Model):
    """What a vendor owes us from a moment on (the underpinning contract), in versions that never change.

    `targets` are working seconds by priority; `chase_every` is the pause in working seconds after which we ask again,
    at most `chase_most` times.
    """

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="terms")
    number = models.PositiveIntegerField()
    contract = models.CharField(max_length=60)
    calendar_version = models.ForeignKey(CalendarVersion, on_delete=models.PROTECT)
    targets = models.JSONField()
    chase_every = models.PositiveIntegerField()
    chase_most = models.PositiveSmallIntegerField()
    valid_from = models.DateTimeField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "number"], name="vendor_terms_once"),
            models.CheckConstraint(condition=models.Q(chase_every__gte=600), name="vendor_chased_with_pauses"),
            models.CheckConstraint(condition=models.Q(chase_most__lte=20), name="vendor_chased_within_reason"),
        ]
        triggers = [pgtrigger.Protect(name="vendor_terms_stand", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.contract} v{self.number}"


def shown(name: str, name_ru: str) -> str:
    """The name in the reader's language."""
    return name_ru if name_ru and (get_language() or "").startswith("ru") else name
