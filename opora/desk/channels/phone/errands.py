"""What we ask of an exchange: to ring a colleague and then a customer, to leave a colleague out of the queues.

A row is written with the wish and told afterwards, at most once and never late: nobody wants a telephone to ring a minute
after the click, or twice.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from opora.desk.channels.phone import events, states
from opora.desk.channels.phone.models import Call, Connection, Errand, Extension
from opora.desk.channels.phone.parsing import CALLING, in_e164
from opora.desk.customers.models import Contact
from opora.desk.kernel import sealing
from opora.desk.kernel.actions import SYSTEM, announce
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.moves import move
from opora.desk.people.models import Staff
from opora.desk.people.policies import may
from opora.desk.tickets.models import Ticket

PURPOSE = "phone.exchange password"
TOO_LATE = timedelta(seconds=30)
BELONGS_WITHIN = timedelta(minutes=2)
TROUBLE_IS_NEWS = timedelta(minutes=10)
AMI_SCHEMES = ("ami", "amis")


@dataclass(frozen=True)
class Pause:
    """Whether the colleague is left out of the queues, by what we last asked and was not refused; and a fresh refusal's words."""

    on: bool
    trouble: str


@transaction.atomic
def reach(
    connection: Connection,
    *,
    address: str,
    login: str = "",
    password: str = "",
    context: str = "",
    channel: str = "",
    by: Staff,
    at: datetime,
) -> None:
    """From now on we reach the exchange there; an empty password leaves the one that is kept, an empty address all alone.

    Raises Refused for an address that its kind of exchange cannot have, and for a channel without a place for the extension.
    """
    if not may(by, "settings:edit"):
        raise Refused("phone.not_yours", _("Only administrators connect an exchange."))
    address = address.strip()
    if address and not _is_address(connection.preset, address):
        raise Refused(
            "phone.no_address", _("Write ami://host:5038 or amis://host:5039, or https:// for a cloud exchange.")
        )
    if channel and "{extension}" not in channel:
        raise Refused(
            "phone.no_channel", _("Write how a telephone is dialled, with {extension} in it: PJSIP/{extension}.")
        )
    connection.address, connection.login, connection.trouble = address, login.strip(), ""
    connection.context, connection.channel = (
        context.strip() or connection.context,
        channel.strip() or connection.channel,
    )
    if password:
        connection.password = sealing.seal(password, settings.SECRET_KEY, purpose=PURPOSE)
    if not address:
        connection.password = ""
    connection.save(update_fields=["address", "login", "password", "context", "channel", "trouble"])
    announce(events.REACHED, subject=("exchange", connection.pk), by=by.actor, at=at, address=address)


def _is_address(preset: str, address: str) -> bool:
    try:
        parts = urlsplit(address)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    if preset == "asterisk":
        return named and parts.scheme in AMI_SCHEMES
    return named and preset in CALLING and parts.scheme == "https"


def password_of(connection: Connection) -> str:
    """What opens the exchange. Raises sealing.Unreadable."""
    return sealing.unseal(connection.password, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS, purpose=PURPOSE)


def telephone_of(staff: Staff) -> Extension | None:
    """The telephone at which we can make an exchange ring for the colleague; None hides the button."""
    rows = Extension.objects.filter(staff=staff, connection__active=True).exclude(connection__address="")
    return rows.select_related("connection").order_by("id").first()


@transaction.atomic
def click_to_call(
    *, number: str, by: Staff, at: datetime, ticket: Ticket | None = None, contact: Contact | None = None
) -> Errand:
    """Ring the colleague's telephone and, when it is picked up, the number. Raises Refused without a telephone or a number."""
    seat = telephone_of(by)
    if seat is None:
        raise Refused(
            "phone.no_telephone", _("You have no telephone that the desk can ring. An administrator gives you one.")
        )
    written = in_e164(number, seat.connection.region)
    if not written:
        raise Refused("phone.no_number", _("This is no telephone number: %(number)s") % {"number": number})
    return _ask(seat, Errand.Kind.CALL, by, at, number=written, ticket=ticket, contact=contact)


@transaction.atomic
def pause(*, on: bool, by: Staff, at: datetime, reason: str = "") -> list[Errand]:
    """Leave the colleague out of the queues, or take it in again, at every exchange that can. Raises Refused where none can."""
    seats = list(_seats_in_queues(by))
    if not seats:
        raise Refused(
            "phone.no_telephone", _("You have no telephone that the desk can ring. An administrator gives you one.")
        )
    kind = Errand.Kind.PAUSE if on else Errand.Kind.UNPAUSE
    return [_ask(seat, kind, by, at, reason=" ".join(reason.split())[:80]) for seat in seats]


def pause_of(staff: Staff, *, at: datetime) -> Pause | None:
    """How the colleague stands; None where no exchange takes such a wish, which hides the button."""
    seats = list(_seats_in_queues(staff))
    if not seats:
        return None
    kinds = (Errand.Kind.PAUSE, Errand.Kind.UNPAUSE)
    asked = Errand.objects.filter(by=staff, kind__in=kinds, extension__in=[seat.name for seat in seats])
    asked = asked.filter(connection__in=[seat.connection_id for seat in seats]).order_by("-id")
    latest, stands = asked.first(), asked.exclude(state=states.FAILED).first()
    is_news = latest is not None and latest.state == states.FAILED and latest.made_at > at - TROUBLE_IS_NEWS
    return Pause(
        on=stands is not None and stands.kind == Errand.Kind.PAUSE,
        trouble=latest.trouble if latest is not None and is_news else "",
    )


def _seats_in_queues(staff: Staff) -> QuerySet[Extension]:
    rows = Extension.objects.filter(staff=staff, connection__active=True, connection__preset="asterisk")
    return rows.exclude(connection__address="").select_related("connection").order_by("id")


def _ask(seat: Extension, kind: str, by: Staff, at: datetime, **known: object) -> Errand:
    key = f"opora-{secrets.token_hex(12)}"
    made = {"connection": seat.connection, "kind": kind, "key": key, "extension": seat.name, "by": by, "made_at": at}
    errand = Errand.objects.create(**made, **known)
    announce(
        events.ERRAND_ASKED,
        subject=("errand", errand.pk),
        by=by.actor,
        at=at,
        kind=kind,
        extension=seat.name,
        number=errand.number,
        staff=[by.pk],
    )
    return errand


@transaction.atomic
def take(connection_id: int, *, at: datetime) -> Errand | None:
    """The oldest wish that waits for this exchange, from now on told; None when there is none. One that is too old fails."""
    waiting = Errand.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        connection_id=connection_id, state=states.WAITING
    )
    for errand in waiting.select_related("connection").order_by("id")[:20]:
        if errand.made_at < at - TOO_LATE:
            fail(errand, trouble=_("The exchange could not be reached in time."), at=at)
            continue
        move(errand, to=states.TOLD, table=states.ERRAND_TABLE, told_at=at)
        return errand
    return None


@transaction.atomic
def done(errand: Errand, *, at: datetime) -> None:
    """The exchange says that it does it."""
    move(errand, to=states.DONE, table=states.ERRAND_TABLE)
    announce(
        events.ERRAND_DONE, subject=("errand", errand.pk), by=SYSTEM, at=at, kind=errand.kind, staff=[errand.by_id]
    )


@transaction.atomic
def fail(errand: Errand, *, trouble: str, at: datetime) -> None:
    """The exchange refused, or was not reached; the colleague is told why."""
    move(errand, to=states.FAILED, table=states.ERRAND_TABLE, trouble=trouble[:300])
    announce(
        events.ERRAND_FAILED,
        subject=("errand", errand.pk),
        by=SYSTEM,
        at=at,
        kind=errand.kind,
        staff=[errand.by_id],
        trouble=trouble[:300],
    )


def fail_late(at: datetime) -> int:
    """Wishes that no connection took in time fail, and the colleagues are told; returns how many."""
    with transaction.atomic():
        late = Errand.objects.select_for_update(skip_locked=True).filter(
            state=states.WAITING, made_at__lt=at - TOO_LATE
        )
        rows = list(late.order_by("id")[:100])
        for errand in rows:
            fail(errand, trouble=_("The exchange could not be reached in time."), at=at)
    return len(rows)


def behind(call: Call) -> Errand | None:
    """The wish that this call fulfils: by the key we gave it, or the colleague's latest to that number."""
    if not call.outgoing:
        return None
    if found := Errand.objects.filter(connection=call.connection_id, key=call.key).first():
        return found
    if not call.called:
        return None
    told = Errand.objects.filter(connection=call.connection_id, kind=Errand.Kind.CALL, number=call.called)
    recent = told.filter(told_at__gte=call.began_at - BELONGS_WITHIN, told_at__lte=call.began_at + BELONGS_WITHIN)
    return recent.exclude(state=states.FAILED).order_by("-told_at").first()
