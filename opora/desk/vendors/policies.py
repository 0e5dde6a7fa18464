"""Who runs cases at vendors. Reading them is for every colleague who reads the ticket."""

from django.db.models import QuerySet

from opora.desk.kernel.errors import NotHere
from opora.desk.people.models import Staff
from opora.desk.tickets.policies import visible_to
from opora.desk.vendors.models import VendorCase


def visible_cases(staff: Staff) -> QuerySet[VendorCase]:
    """The cases of the tickets the colleague may read."""
    about = ("ticket__organisation", "vendor", "terms", "opened_by")
    return VendorCase.objects.select_related(*about).filter(ticket__in=visible_to(staff))


def case_door(staff: Staff, number: int) -> VendorCase:
    """The case as this colleague may see it. Raises NotHere."""
    case = visible_cases(staff).filter(pk=number).first()
    if case is None:
        raise NotHere
    return case
