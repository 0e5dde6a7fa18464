"""Who declares incidents, plans works and approves letters. Reading is for every colleague who reads tickets."""

from django.db.models import QuerySet

from opora.desk.incidents.models import RootCauseLetter
from opora.desk.kernel.errors import NotHere
from opora.desk.people.models import Staff
from opora.desk.people.policies import leads
from opora.desk.tickets.policies import visible_to


def visible_letters(staff: Staff) -> QuerySet[RootCauseLetter]:
    """The letters owed for tickets the colleague may read."""
    about = ("ticket__organisation", "ticket__requester", "ticket__contract_version", "author", "approved_by")
    return RootCauseLetter.objects.select_related(*about).filter(ticket__in=visible_to(staff))


def letter_door(staff: Staff, number: int) -> RootCauseLetter:
    """The letter as this colleague may see it. Raises NotHere."""
    letter = visible_letters(staff).filter(pk=number).first()
    if letter is None:
        raise NotHere
    return letter


def may_approve(staff: Staff, letter: RootCauseLetter) -> bool:
    """True for leads and the head of support, never for the author."""
    return letter.author_id != staff.pk and leads(staff)
