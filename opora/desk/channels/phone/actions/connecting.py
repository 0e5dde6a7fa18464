"""Making exchanges known, seating colleagues at their extensions, and the contact centre's own promises."""

import hashlib
import secrets
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.channels.phone.models import Connection, Extension
from opora.desk.channels.phone.naming import is_name
from opora.desk.kernel.actions import announce
from opora.desk.kernel.errors import Refused
from opora.desk.people.models import Staff
from opora.desk.people.policies import may
from opora.desk.sla.models import WorkingCalendar


@transaction.atomic
def connect(
    *, name: str, preset: str, region: str, secret: str, by: Staff, at: datetime, token: str = ""
) -> tuple[Connection, str]:
    """Make an exchange known; returns it and the token for its address, which is shown this once only.

    A new token is made unless one is given, for an exchange that was told its address before.
    """
    _permit(by)
    _refuse_open_secret(secret)
    token, kept = (token, _kept(token)) if token else _new_token()
    connection = Connection.objects.create(name=name, preset=preset, region=region, secret=secret, token_hash=kept)
    announce("phone.connected", subject=("exchange", connection.pk), by=by.actor, at=at, preset=preset)
    return connection, token


@transaction.atomic
def give_new_address(connection: Connection, *, by: Staff, at: datetime) -> str:
    """Return a new token for its address; the old address is worth nothing any more."""
    _permit(by)
    token, kept = _new_token()
    Connection.objects.filter(pk=connection.pk).update(token_hash=kept)
    announce("phone.address_changed", subject=("exchange", connection.pk), by=by.actor, at=at)
    return token


@transaction.atomic
def set_up(connection: Connection, *, name: str, region: str, secret: str, by: Staff, at: datetime) -> None:
    """What it is called, where numbers without a prefix belong, and where its secret lies. Raises Refused as `connect`."""
    _permit(by)
    _refuse_open_secret(secret)
    Connection.objects.filter(pk=connection.pk).update(name=name, region=region, secret=secret)
    announce("phone.set_up", subject=("exchange", connection.pk), by=by.actor, at=at)


@transaction.atomic
def promise(
    connection: Connection,
    *,
    answer_within: int,
    call_back_within: int,
    recordings_days: int,
    calendar: WorkingCalendar | None,
    by: Staff,
    at: datetime,
) -> None:
    """The contact centre's own promises, in working seconds of the calendar; clocks that run keep the old ones."""
    _permit(by)
    Connection.objects.filter(pk=connection.pk).update(
        answer_within=answer_within,
        call_back_within=call_back_within,
        recordings_days=recordings_days,
        calendar=calendar,
    )
    announce("phone.promised", subject=("exchange", connection.pk), by=by.actor, at=at)


@transaction.atomic
def switch(connection: Connection, *, on: bool, by: Staff, at: datetime) -> None:
    """Whether it is believed; its calls stay."""
    _permit(by)
    Connection.objects.filter(pk=connection.pk).update(active=on)
    announce("phone.switched", subject=("exchange", connection.pk), by=by.actor, at=at, on=on)


@transaction.atomic
def seat(connection: Connection, *, extension: str, staff: Staff) -> Extension:
    """From now on calls at this extension ring at this colleague; a second seat moves it."""
    row, _new = Extension.objects.update_or_create(
        connection=connection, name=extension.strip(), defaults={"staff": staff}
    )
    return row


@transaction.atomic
def unseat(extension: Extension) -> None:
    """Nobody sits there any more."""
    Extension.objects.filter(pk=extension.pk).delete()


def _permit(by: Staff) -> None:
    if not may(by, "settings:edit"):
        raise Refused("phone.not_yours", _("Only administrators connect an exchange."))


def _refuse_open_secret(secret: str) -> None:
    if not is_name(secret):
        raise Refused(
            "phone.open_secret", _("Name the secret as env:NAME or file:/path; it is not kept in the database.")
        )


def _new_token() -> tuple[str, str]:
    token = secrets.token_urlsafe(24)
    return token, _kept(token)


def _kept(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
