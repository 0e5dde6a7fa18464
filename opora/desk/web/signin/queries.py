"""Questions about ways in."""

from dataclasses import dataclass

from django.conf import settings

from opora.desk.customers.queries import contact_behind, find_contact_by_email
from opora.desk.kernel.actors import SYSTEM, Actor
from opora.desk.people.models import Account, Staff
from opora.desk.people.queries import staff_behind
from opora.desk.web.components.doors import STAFF_DOOR
from opora.desk.web.signin import seals
from opora.desk.web.signin.models import ApiToken, Passkey, RecoveryCode, Session, Totp


@dataclass(frozen=True, slots=True)
class Factors:
    """The second factors a person has set up."""

    totp: bool
    passkeys: tuple[Passkey, ...]
    recovery_codes_left: int

    def __bool__(self) -> bool:
        return self.totp or bool(self.passkeys)


def account_at_door(email: str, door: str) -> Account | None:
    """The active account that may come in by this door under this address; None for everybody else."""
    if door == STAFF_DOOR:
        staff = (
            Staff.objects.select_related("account")
            .filter(account__email=email, account__is_active=True, active=True)
            .first()
        )
        return staff.account if staff else None
    contact = find_contact_by_email(email)
    return contact.account if contact and contact.account and contact.account.is_active else None


def factors_of(account: Account) -> Factors:
    """What is set up and confirmed."""
    return Factors(
        totp=Totp.objects.filter(account=account, confirmed_at__isnull=False).exists(),
        passkeys=tuple(Passkey.objects.filter(account=account).order_by("pk")),
        recovery_codes_left=RecoveryCode.objects.filter(account=account, used_at__isnull=True).count(),
    )


def second_factor_required() -> bool:
    """True when colleagues may not work without a second factor (OPORA_SECOND_FACTOR)."""
    return bool(settings.OPORA_SECOND_FACTOR == "required")


def sessions_of(account: Account) -> list[Session]:
    """The person's living sessions, the last seen first."""
    return list(Session.objects.filter(account=account).order_by("-seen_at", "pk"))


def session_mark(session: Session) -> str:
    """A name for a session that gives its key away to nobody."""
    return seals.digest("session", session.session_key)[:16]


def tokens_of(account: Account) -> list[ApiToken]:
    """The person's API tokens that still work, oldest first."""
    return list(ApiToken.objects.filter(account=account, revoked_at__isnull=True).order_by("pk"))


def find_token(secret: str) -> ApiToken | None:
    """The living token behind a secret, with its account."""
    return (
        ApiToken.objects.select_related("account")
        .filter(digest__in=seals.digests("token", secret), revoked_at__isnull=True, account__is_active=True)
        .first()
    )


def actor_of(account: Account) -> Actor:
    """The account's person as one who acts."""
    person = staff_behind(account.pk) or contact_behind(account.pk)
    return person.actor if person else SYSTEM
