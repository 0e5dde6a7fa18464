"""Putting services on sale and taking them off."""

from datetime import datetime

from django.db import transaction

from opora.desk.catalogue.models import PriorityMeaning, Service, ServiceGroup
from opora.desk.kernel.actions import Actor, announce
from opora.desk.kernel.moves import compare_and_set
from opora.desk.people.models import Team


@transaction.atomic
def add_group(*, slug: str, name: str, by: Actor, at: datetime, name_ru: str = "") -> ServiceGroup:
    """A new shelf."""
    group = ServiceGroup.objects.create(slug=slug, name=name, name_ru=name_ru)
    announce("catalogue.group_added", subject=("service_group", group.pk), by=by, at=at, name=name)
    return group


@transaction.atomic
def add_service(
    *,
    group: ServiceGroup,
    slug: str,
    name: str,
    by: Actor,
    at: datetime,
    name_ru: str = "",
    description: str = "",
    line: Team | None = None,
) -> Service:
    """A new service; without a line its tickets go to the first line."""
    service = Service.objects.create(
        group=group, slug=slug, name=name, name_ru=name_ru, description=description, line=line
    )
    announce("catalogue.service_added", subject=("service", service.pk), by=by, at=at, name=name)
    return service


@transaction.atomic
def retire_service(service: Service, *, by: Actor, at: datetime, why: str) -> None:
    """No new tickets may name it; old ones keep it."""
    compare_and_set(service, {"active": True}, active=False)
    announce("catalogue.service_retired", subject=("service", service.pk), by=by, at=at, why=why)


@transaction.atomic
def define_priority(
    service: Service,
    *,
    priority: str,
    meaning: str,
    by: Actor,
    at: datetime,
    meaning_ru: str = "",
    example: str = "",
    example_ru: str = "",
) -> None:
    """What the priority means for this service from now on; without words, what it means everywhere."""
    if meaning.strip():
        words = {"meaning": meaning, "meaning_ru": meaning_ru, "example": example, "example_ru": example_ru}
        PriorityMeaning.objects.update_or_create(service=service, priority=priority, defaults=words)
    else:
        PriorityMeaning.objects.filter(service=service, priority=priority).delete()
    announce(
        "catalogue.priority_defined", subject=("service", service.pk), by=by, at=at, priority=priority, meaning=meaning
    )
