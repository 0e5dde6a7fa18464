"""Questions about the catalogue."""

from django.db.models import QuerySet

from opora.desk.catalogue.models import Service


def services_on_sale() -> QuerySet[Service]:
    """Active services with their groups, in the catalogue's order."""
    return Service.objects.filter(active=True).select_related("group", "line")
