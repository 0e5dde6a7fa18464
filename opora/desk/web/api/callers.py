"""Who calls: a person's key, the person behind it, and what key and person together may do."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from opora.desk.customers.models import Contact
from opora.desk.customers.queries import contact_behind
from opora.desk.kernel.clock import now
from opora.desk.kernel.errors import Refused
from opora.desk.people.models import Staff
from opora.desk.people.policies import may
from opora.desk.people.queries import staff_behind
from opora.desk.web.signin.actions import note_use
from opora.desk.web.signin.queries import find_token


class Forbidden(Refused):
    """The key or the person may not do this."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A key and its person."""

    person: Staff | Contact
    scopes: frozenset[str]

    def asks(self, scope: str) -> None:
        """Raises Forbidden when the key was not made for this."""
        if scope not in self.scopes:
            raise Forbidden("api.scope", _("This key may not do that. It lacks: %(scope)s.") % {"scope": scope})

    def staff(self, act: str) -> Staff:
        """The colleague who may do the act. Raises Forbidden for customers and for other roles."""
        if not isinstance(self.person, Staff) or not may(self.person, act):
            raise Forbidden("api.forbidden", _("You may not do that."))
        return self.person


def caller_of(request: HttpRequest) -> Caller:
    """Who sent the request; ninja has checked the key before any endpoint runs."""
    caller = getattr(request, "auth", None)
    if not isinstance(caller, Caller):
        raise Forbidden("api.no_key", _("Send a key that works."))
    return caller


class Key(HttpBearer):
    """`Authorization: Bearer opora_…`"""

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        """The caller, or None for a key that is unknown, revoked or of somebody who left."""
        row = find_token(token)
        if row is None:
            return None
        person = staff_behind(row.account_id) or contact_behind(row.account_id)
        if person is None:
            return None
        note_use(row, at=now())
        return Caller(person, frozenset(row.scopes))
