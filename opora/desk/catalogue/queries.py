"""Questions about the catalogue."""

from django.db.models import QuerySet

from opora.desk.catalogue.models import PriorityMeaning, Service


def services_on_sale() -> QuerySet[Service]:
    """Active services with their groups, in the catalogue's order."""
    return Service.objects.filter(active=True).select_related("group", "line")


def priority_meanings(service_id: int | None) -> dict[str, PriorityMeaning]:
    """What each priority means for the service where that differs, by priority. One statement, none without a service."""
    if service_id is None:
        return {}
    return {row.priority: row for row in PriorityMeaning.objects.filter(service=service_id)}
