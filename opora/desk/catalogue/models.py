"""Services the provider sells, grouped, each with the line that answers for it."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from opora.desk.people.models import Team


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


def shown(name: str, name_ru: str) -> str:
    """The name in the reader's language."""
    return name_ru if name_ru and (get_language() or "").startswith("ru") else name
