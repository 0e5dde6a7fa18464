"""The lock against guessing: tries are counted before the secret is looked at, so that many at once gain nothing.

Counts live in the database and hold for every process. The same words answer a known and an unknown account.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opora.desk.customers.models import Address
from opora.desk.kernel.actions import SYSTEM, Actor, announce
from opora.desk.kernel.errors import Refused
from opora.desk.people.models import Account
from opora.desk.web.signin import events, rules, seals
from opora.desk.web.signin.models import Guesses


def count_try(name: str, address: str, *, at: datetime, kinds: tuple[str, str] = ("account", "address")) -> None:
    """Count one try for the name (an e-mail address, known or not) and for the network address.

    Raises Refused while either of them pauses; a try during a pause is not counted.
    """
    with transaction.atomic():
        rows = [_row(kind, key, at) for kind, key in zip(kinds, (name, address), strict=True)]
        wait = max(row.open_at for row in rows) - at
        if wait > timedelta(0):
            raise Refused("signin.locked", pause_words(wait))
        for row in rows:
            _count(row, at)


@transaction.atomic
def announce_lock(
    name: str,
    address: str,
    *,
    at: datetime,
    account: Account | None = None,
    kinds: tuple[str, str] = ("account", "address"),
) -> None:
    """The counted try was wrong: if a pause began with it, say so in the history."""
    for kind, key in zip(kinds, (name, address), strict=True):
        row = Guesses.objects.filter(kind=kind, key=_key(key), last_at=at, open_at__gt=at).first()
        if row is not None:
            known = account is not None and kind == kinds[0]
            announce(
                events.LOCKED,
                subject=("account", account.pk) if known and account else ("address", 0),
                by=SYSTEM,
                at=at,
                kind=kind,
                address=address,
                failures=row.failures,
                seconds=int((row.open_at - at).total_seconds()),
            )


def forgive(name: str, address: str, *, kinds: tuple[str, str] = ("account", "address")) -> None:
    """The try was right: the name starts afresh, and the network address gets this one try back."""
    Guesses.objects.filter(kind=kinds[0], key=_key(name)).delete()
    Guesses.objects.filter(kind=kinds[1], key=_key(address), failures__gt=0).update(
        failures=Greatest(F("failures") - 1, 0), open_at=F("last_at")
    )


@transaction.atomic
def unlock(account: Account, *, by: Actor, at: datetime) -> None:
    """A colleague with the right to do so lets the person try again at once, under any of the person's addresses."""
    addresses = Address.objects.filter(contact__account=account).values_list("email", flat=True)
    names = [account.email, second_name(account), *addresses]
    Guesses.objects.filter(kind__in=["account", "code_account"], key__in=[_key(name) for name in names]).delete()
    announce(events.UNLOCKED, subject=("account", account.pk), by=by, at=at)


def second_name(account: Account) -> str:
    """The name under which tries of the second step are counted."""
    return f"second step of {account.pk}"


def pause_words(wait: timedelta) -> str:
    """What the person reads while it pauses."""
    seconds = max(1, round(wait.total_seconds()))
    if seconds < 60:
        span = ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    else:
        minutes = -(-seconds // 60)
        span = ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    return _("Too many tries. Wait %(span)s and try again.") % {"span": span}


def _row(kind: str, key: str, at: datetime) -> Guesses:
    Guesses.objects.bulk_create([Guesses(kind=kind, key=_key(key), last_at=at, open_at=at)], ignore_conflicts=True)
    return Guesses.objects.select_for_update().get(kind=kind, key=_key(key))


def _count(row: Guesses, at: datetime) -> None:
    before = 0 if at - row.last_at > rules.FORGOTTEN_AFTER else row.failures
    pause = rules.pause_after(before + 1, row.kind)
    Guesses.objects.filter(pk=row.pk).update(failures=before + 1, last_at=at, open_at=at + pause)


def _key(name: str) -> str:
    return seals.digest("guesses", name.strip().lower())
