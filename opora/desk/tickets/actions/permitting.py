"""What every verb of a colleague's asks first."""

from django.utils.translation import gettext as _

from opora.desk.kernel.errors import Refused
from opora.desk.people.models import Staff
from opora.desk.people.policies import may


def permit_work(staff: Staff) -> None:
    """Raises Refused for roles that do not work tickets (operators take them down, engineers work them)."""
    if not may(staff, "tickets:work"):
        raise Refused("tickets.may_not_work", _("Your role does not work tickets; leave a note for the engineers."))
