"""Personal keys to the API. The key is shown once; only its hash is kept."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from opora.desk.kernel.actions import Actor, announce
from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.people.models import Account
from opora.desk.web.signin import events, seals
from opora.desk.web.signin.models import ApiToken, Scope

PREFIX = "opora_"
NOTED_EVERY = timedelta(minutes=5)
MOST_TOKENS = 20


@transaction.atomic
def make_token(account: Account, *, name: str, scopes: Sequence[str], by: Actor, at: datetime) -> tuple[ApiToken, str]:
    """The token's row and its secret, which nobody can read again. Raises Refused without a name or a scope."""
    if not name.strip():
        raise Refused("signin.token_unnamed", _("Give the key a name, so that you know later what uses it."))
    if not scopes or not set(scopes) <= set(Scope.values):
        raise Refused("signin.token_scopes", _("Choose at least one thing the key may do."))
    if ApiToken.objects.filter(account=account, revoked_at__isnull=True).count() >= MOST_TOKENS:
        raise Refused("signin.token_many", _("You have many keys already. Revoke one that is not used."))
    secret = PREFIX + seals.word(40)
    row = ApiToken.objects.create(
        account=account,
        name=name.strip()[:80],
        start=secret[:12],
        digest=seals.digest("token", secret),
        scopes=sorted(set(scopes)),
        made_at=at,
    )
    announce(events.TOKEN_MADE, subject=("account", account.pk), by=by, at=at, name=row.name, scopes=row.scopes)
    return row, secret


def note_use(token: ApiToken, *, at: datetime) -> None:
    """Remember that the token was used; written at most every five minutes."""
    stale = Q(used_at__isnull=True) | Q(used_at__lt=at - NOTED_EVERY)
    ApiToken.objects.filter(stale, pk=token.pk).update(used_at=at)


@transaction.atomic
def revoke_token(account: Account, *, key: int, by: Actor, at: datetime) -> None:
    """The token opens nothing from now on. Raises NotHere when it is not the person's."""
    row = ApiToken.objects.filter(account=account, pk=key, revoked_at__isnull=True).first()
    if row is None:
        raise NotHere
    ApiToken.objects.filter(pk=row.pk).update(revoked_at=at)
    announce(events.TOKEN_REVOKED, subject=("account", account.pk), by=by, at=at, name=row.name)
