"""The public status by mail: an address asks, says yes from its own mailbox, and leaves by one click."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.incidents import events
from opora.desk.incidents.models import Subscriber
from opora.desk.kernel.actions import SYSTEM, announce
from opora.desk.kernel.errors import Refused

AGAIN_AFTER = timedelta(hours=1)
MOST_AN_HOUR = 100


@transaction.atomic
def ask_subscription(*, email: str, language: str, at: datetime) -> None:
    """Send the address a letter with the question. Whether it is known here is told to nobody.

    An address is asked at most once an hour. Raises Refused when too many addresses were asked in the last hour.
    """
    clean = email.strip().lower()
    known = Subscriber.objects.select_for_update().filter(email=clean).first()
    if known is not None and (known.confirmed_at or known.asked_at > at - AGAIN_AFTER):
        return
    if Subscriber.objects.filter(asked_at__gt=at - AGAIN_AFTER, confirmed_at=None).count() >= MOST_AN_HOUR:
        raise Refused("incidents.too_many", _("Too many have asked just now. Please try again in an hour."))
    subscriber, _new = Subscriber.objects.update_or_create(
        email=clean, defaults={"language": language[:2], "asked_at": at, "confirmed_at": None}
    )
    announce(events.SUBSCRIPTION_ASKED, subject=("subscriber", subscriber.pk), by=SYSTEM, at=at)


def confirm_subscription(number: int, *, at: datetime) -> bool:
    """The address itself said yes; False when it has left meanwhile. Saying it twice changes nothing."""
    changed = Subscriber.objects.filter(pk=number, confirmed_at=None).update(confirmed_at=at)
    return bool(changed) or Subscriber.objects.filter(pk=number).exists()


def end_subscription(number: int) -> None:
    """The address leaves, and nothing of it is kept."""
    Subscriber.objects.filter(pk=number).delete()
