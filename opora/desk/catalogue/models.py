"""Services the provider sells, grouped, each with the line that answers for it."""

from django.db import models
from django.utils.translation import get_language

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


def shown(name: str, name_ru: str) -> str:
    """The name in the reader's language."""
    return name_ru if name_ru and (get_language() or "").startswith("ru") else name
