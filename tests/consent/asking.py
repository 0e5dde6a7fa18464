"""What the tests of confirmations ask for, and short ways to ask it."""

from datetime import datetime, timedelta
from typing import Any

from opora.desk.consent import actions
from opora.desk.consent.actions import Told
from opora.desk.consent.models import Answer, ConfirmationRequest
from opora.desk.consent.rules import Named, Terms
from opora.desk.tickets.models import Ticket
from tests.cast import Cast


def wanted(cast: Cast, at: datetime, **changed: Any) -> Terms:
    """Boris may look at web1 and change settings as an ordinary user, from an hour from now for two hours."""
    terms: dict[str, Any] = {
        "ticket": "T-1",
        "customer": cast.bakery.name,
        "systems": (Named(cast.web1.pk, cast.web1.name),),
        "actions": ("look", "change"),
        "what": "Raise the worker limit of nginx and reload it.",
        "level": "user",
        "starts": at + timedelta(hours=1),
        "ends": at + timedelta(hours=3),
        "zone": "Europe/Moscow",
        "engineers": (Named(cast.boris.pk, cast.boris.name),),
        "watching": "notify",
    }
    return Terms(**terms | changed)


def asked(cast: Cast, at: datetime, ticket: Ticket | None = None, **changed: Any) -> ConfirmationRequest:
    """Return a request that Boris made on a ticket of Clara's."""
    return actions.ask(ticket or cast.write(cast.clara, at), terms=wanted(cast, at, **changed), by=cast.boris, at=at)


def yes(request: ConfirmationRequest) -> Told:
    """Return a plain yes to exactly the text asked."""
    return Told(Answer.Kind.CONFIRMED, request.digest)


def confirmed(cast: Cast, at: datetime, **changed: Any) -> ConfirmationRequest:
    """Return a request that Clara confirmed in the portal."""
    request = asked(cast, at, **changed)
    actions.answer_in_portal(request, by=cast.clara, told=yes(request), at=at)
    request.refresh_from_db()
    return request
