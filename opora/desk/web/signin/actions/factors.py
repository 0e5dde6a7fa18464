"""Second factors: an authenticator app, passkeys, recovery codes. Each use is good once."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from opora.desk.kernel.actions import Actor, announce
from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.people.models import Account
from opora.desk.web.signin import events, passkeys, rules, seals
from opora.desk.web.signin.actions.guessing import announce_lock, count_try, forgive, second_name
from opora.desk.web.signin.models import Passkey, RecoveryCode, Totp

RECOVERY_CODES = 10


def begin_totp(account: Account, *, at: datetime) -> bytes:
    """The key for an authenticator app that is being set up; the same until it is confirmed. Raises Refused when one is."""
    import secrets

    fresh = Totp(sealed_key=seals.seal(secrets.token_bytes(20)), made_at=at)
    row, _new = Totp.objects.get_or_create(
        account=account, defaults={"sealed_key": fresh.sealed_key, "made_at": fresh.made_at}
    )
    if row.confirmed_at is not None:
        raise Refused("signin.totp_exists", _("An authenticator app is set up already. Remove it first."))
    return seals.unseal(row.sealed_key)


@transaction.atomic
def confirm_totp(account: Account, *, number: str, by: Actor, at: datetime) -> None:
    """The app shows the right number, so it counts from now on. Raises Refused for a wrong number."""
    row = Totp.objects.select_for_update().filter(account=account, confirmed_at__isnull=True).first()
    if row is None:
        raise Refused("signin.totp_exists", _("An authenticator app is set up already. Remove it first."))
    step = rules.matching_step(seals.unseal(row.sealed_key), rules.digits_of(number), at=at, after=0)
    if step is None:
        raise Refused(
            "signin.wrong_number",
            _("This number is not right. Wait for the next one and check the clock of your phone."),
        )
    Totp.objects.filter(pk=row.pk).update(confirmed_at=at, last_step=step)
    announce(events.FACTOR_ADDED, subject=("account", account.pk), by=by, at=at, factor="totp")


def use_number(account: Account, *, typed: str, address: str, by: Actor, at: datetime) -> str:
    """The second step with a number of the app or a recovery code; returns which ("totp", "recovery").

    Raises Refused for a wrong or used one, and while guessing pauses.
    """
    name = second_name(account)
    count_try(name, address, at=at)
    with transaction.atomic():
        way = _use_totp(account, typed, at) or _use_recovery(account, typed, by, at)
    if not way:
        announce_lock(name, address, at=at, account=account)
        raise Refused("signin.wrong_number", _("This number is not right, or was used already. Wait for the next one."))
    forgive(name, address)
    return way


@transaction.atomic
def remove_totp(account: Account, *, by: Actor, at: datetime) -> None:
    """The app no longer counts. Raises NotHere when there is none."""
    if not Totp.objects.filter(account=account).delete()[0]:
        raise NotHere
    announce(events.FACTOR_REMOVED, subject=("account", account.pk), by=by, at=at, factor="totp")


@transaction.atomic
def add_passkey(
    account: Account, *, name: str, place: passkeys.Place, state: Any, answer: dict[str, Any], by: Actor, at: datetime
) -> Passkey:
    """Keep the passkey the browser made. Raises Refused when the answer does not fit what was asked."""
    made = passkeys.finish_making(place, state, answer)
    try:
        with transaction.atomic():
            row = Passkey.objects.create(
                account=account,
                name=(name.strip() or _("Passkey"))[:80],
                credential_id=made.credential_id,
                credential=made.credential,
                sign_count=made.sign_count,
                made_at=at,
            )
    except IntegrityError:
        raise Refused("signin.passkey_exists", _("This passkey is registered already.")) from None
    announce(events.FACTOR_ADDED, subject=("account", account.pk), by=by, at=at, factor="passkey", name=row.name)
    return row


def use_passkey(
    account: Account, *, place: passkeys.Place, state: Any, answer: dict[str, Any], address: str, at: datetime
) -> Passkey:
    """The second step with a passkey. Raises Refused when it is not one of the person's, or seems to be copied."""
    name = second_name(account)
    count_try(name, address, at=at)
    with transaction.atomic():
        rows = list(Passkey.objects.select_for_update().filter(account=account))
        used = passkeys.finish_using(place, state, [bytes(row.credential) for row in rows], answer)
        row = next(row for row in rows if bytes(row.credential_id) == used.credential_id)
        if (used.sign_count or row.sign_count) and used.sign_count <= row.sign_count:
            raise Refused("signin.passkey_copied", _("This passkey seems to be a copy. Use another way and remove it."))
        Passkey.objects.filter(pk=row.pk).update(sign_count=used.sign_count, used_at=at)
    forgive(name, address)
    return row


@transaction.atomic
def remove_passkey(account: Account, *, key: int, by: Actor, at: datetime) -> None:
    """The passkey no longer counts. Raises NotHere when it is not the person's."""
    row = Passkey.objects.filter(account=account, pk=key).first()
    if row is None:
        raise NotHere
    row.delete()
    announce(events.FACTOR_REMOVED, subject=("account", account.pk), by=by, at=at, factor="passkey", name=row.name)


@transaction.atomic
def make_recovery_codes(account: Account, *, by: Actor, at: datetime) -> list[str]:
    """Ten new codes, shown once; the old ones are good no longer."""
    codes = [f"{seals.word(5)}-{seals.word(5)}" for _each in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(account=account).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(account=account, digest=_recovery_digest(account, code)) for code in codes
    )
    announce(events.RECOVERY_MADE, subject=("account", account.pk), by=by, at=at)
    return codes


@transaction.atomic
def remove_all_factors(account: Account, *, by: Actor, at: datetime, why: str) -> None:
    """For a colleague who lost everything: the next sign-in begins with setting up a new second factor."""
    for kind in (Totp, Passkey, RecoveryCode):
        kind.objects.filter(account=account).delete()
    announce(events.FACTOR_REMOVED, subject=("account", account.pk), by=by, at=at, why=why, factor="all")


def _use_totp(account: Account, typed: str, at: datetime) -> str:
    row = Totp.objects.select_for_update().filter(account=account, confirmed_at__isnull=False).first()
    if row is None:
        return ""
    step = rules.matching_step(seals.unseal(row.sealed_key), rules.digits_of(typed), at=at, after=row.last_step)
    if step is None:
        return ""
    Totp.objects.filter(pk=row.pk).update(last_step=step)
    return "totp"


def _use_recovery(account: Account, typed: str, by: Actor, at: datetime) -> str:
    known = seals.digests("recovery", account.pk, rules.recovery_code_of(typed))
    if not RecoveryCode.objects.filter(account=account, digest__in=known, used_at__isnull=True).update(used_at=at):
        return ""
    announce(events.RECOVERY_USED, subject=("account", account.pk), by=by, at=at)
    return "recovery"


def _recovery_digest(account: Account, typed: str) -> str:
    return seals.digest("recovery", account.pk, rules.recovery_code_of(typed))
