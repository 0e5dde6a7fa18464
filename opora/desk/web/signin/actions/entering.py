"""Coming in and going out: checking a password, beginning a session, ending sessions."""

from datetime import datetime
from typing import cast

from django.contrib.auth import HASH_SESSION_KEY, login, update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from opora.desk.kernel.actions import SYSTEM, Actor, announce
from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.people.models import Account
from opora.desk.web.components.caller import network_address
from opora.desk.web.components.doors import DOOR_KEY, NEWCOMER_KEY
from opora.desk.web.signin import events, rules
from opora.desk.web.signin.actions.guessing import announce_lock, count_try, forgive
from opora.desk.web.signin.models import Session
from opora.desk.web.signin.queries import account_at_door
from opora.desk.web.signin.sessions import SessionStore

BACKEND = "django.contrib.auth.backends.ModelBackend"


def check_password(email: str, password: str, *, door: str, address: str, at: datetime) -> Account:
    """The account that may use this door with this password.

    Raises Refused in the same words and after the same work, whether the account, the door or the password was wrong.
    """
    name = email.strip().lower()[:254]
    count_try(name, address, at=at)
    account = account_at_door(name, door)
    right = account.check_password(password) if account else _same_work(password)
    if account is None or not right:
        _refuse(account, name, address, at)
    forgive(name, address)
    return cast(Account, account)


@transaction.atomic
def enter(
    request: HttpRequest, account: Account, *, by: Actor, door: str, way: str, at: datetime, newcomer: bool = False
) -> None:
    """Begin the person's session under a new key; whatever the old session held is gone.

    A newcomer (a colleague without the second factor that is required) gets no further than setting one up.
    """
    request.session.flush()
    login(request, account, backend=BACKEND)
    session = cast(SessionStore, request.session)
    session[DOOR_KEY] = door
    if newcomer:
        session[NEWCOMER_KEY] = True
    address = network_address(request)
    device = rules.device_words(request.headers.get("User-Agent", ""))[:120]
    session.begin(at=at, address=address, device=device)
    announce(events.SIGNED_IN, subject=("account", account.pk), by=by, at=at, way=way, address=address, device=device)


@transaction.atomic
def change_password(request: HttpRequest, account: Account, *, to: str, by: Actor, at: datetime) -> None:
    """Another password, the person's own; every other session of the person ends. Raises ValidationError for a weak one
    and for a temporary one that is kept."""
    validate_password(to, account)
    if account.password_is_temporary and account.check_password(to):
        raise ValidationError(_("Choose another password than the temporary one: somebody else knows it."))
    account.set_password(to)
    account.password_is_temporary = False
    account.save(update_fields=["password", "password_is_temporary"])
    announce(events.PASSWORD_CHANGED, subject=("account", account.pk), by=by, at=at)
    update_session_auth_hash(request, account)
    request.session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    request.session.save()
    end_other_sessions(request, account, by=by, at=at)


@transaction.atomic
def end_session(account: Account, *, mark: str, by: Actor, at: datetime) -> None:
    """End one of the person's sessions, named by its mark in the list. Raises NotHere when there is no such session."""
    from opora.desk.web.signin.queries import session_mark

    for row in Session.objects.filter(account=account):
        if session_mark(row) == mark:
            row.delete()
            announce(events.SESSION_ENDED, subject=("account", account.pk), by=by, at=at, device=row.device)
            return
    raise NotHere


@transaction.atomic
def end_other_sessions(request: HttpRequest, account: Account, *, by: Actor, at: datetime) -> int:
    """End every session of the person but this one; returns how many."""
    ended, _kinds = Session.objects.filter(account=account).exclude(pk=request.session.session_key).delete()
    if ended:
        announce(events.SESSION_ENDED, subject=("account", account.pk), by=by, at=at, count=ended)
    return ended


@transaction.atomic
def sign_out(request: HttpRequest, account: Account, *, by: Actor, at: datetime) -> None:
    """End this session."""
    request.session.flush()
    announce(events.SIGNED_OUT, subject=("account", account.pk), by=by, at=at)


def _same_work(password: str) -> bool:
    Account().set_password(password)
    return False


def _refuse(account: Account | None, name: str, address: str, at: datetime) -> None:
    announce_lock(name, address, at=at, account=account)
    if account is not None:
        with transaction.atomic():
            announce(events.REFUSED, subject=("account", account.pk), by=SYSTEM, at=at, address=address)
    raise Refused("signin.wrong", _("The e-mail address or the password is not right."))
