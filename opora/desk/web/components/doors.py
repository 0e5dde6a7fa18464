"""Who is at the door. Every request learns here its moment and its person.

`request.staff` and `request.contact` hold at most one person between them: a customer's account never opens the console,
a colleague's never the portal. Never decides what may be seen; the rooms' doors do.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme

from opora.desk.customers.models import Contact
from opora.desk.customers.queries import contact_behind
from opora.desk.kernel.clock import now
from opora.desk.kernel.live import heard
from opora.desk.people.models import Account, Staff
from opora.desk.people.policies import may
from opora.desk.people.queries import staff_behind

STAFF_DOOR, CONTACT_DOOR = "staff", "contact"
DOOR_KEY = "door"
NEWCOMER_KEY = "second_factor_missing"
STAFF_MAY_BE_AWAY = timedelta(hours=24)
PERMISSIONS_POLICY = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"


class DeskRequest(HttpRequest):
    """A request as our views get it. `newcomer` is a colleague who must first change a temporary password or set up a
    second factor; `heard` is from where the page's live stream goes on, "" when nobody listens here."""

    at: datetime
    heard: str
    reader: Any
    account: Account | None
    staff: Staff | None
    contact: Contact | None
    newcomer: Staff | None


class StaffRequest(DeskRequest):
    """A request of a colleague who may come in."""

    account: Account
    staff: Staff


class ContactRequest(DeskRequest):
    """A request of a customer's person who may come in."""

    account: Account
    contact: Contact


class PersonRequest(DeskRequest):
    """A request of somebody who is signed in, colleague or customer."""

    account: Account


class Doors:
    """Middleware: reads the clock once and recognises the person; answers made for somebody stay private to them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer of the view."""
        desk = cast(DeskRequest, request)
        desk.at = now()
        desk.heard = str(heard)
        recognise(desk)
        desk.user = desk.account or AnonymousUser()
        response = self.get_response(desk)
        _mark(response, desk)
        return response


def recognise(request: DeskRequest) -> None:
    """Set the person on the request from its session; one statement besides the session's own."""
    request.account = request.staff = request.contact = request.newcomer = None
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return
    key = request.session.get(SESSION_KEY)
    if key is None:
        return
    person = _person(int(key), request.session.get(DOOR_KEY))
    if person is None or person.account is None or not _still_valid(request, person):
        request.session.flush()
        return
    request.account = person.account
    if isinstance(person, Contact):
        request.contact = person
    elif person.account.password_is_temporary or request.session.get(NEWCOMER_KEY):
        request.newcomer = person
    else:
        request.staff = person
    _note_presence(request)


def _person(account_id: int, door: str | None) -> Staff | Contact | None:
    if door == STAFF_DOOR:
        return staff_behind(account_id)
    if door == CONTACT_DOOR:
        return contact_behind(account_id)
    return staff_behind(account_id) or contact_behind(account_id)


def _still_valid(request: DeskRequest, person: Staff | Contact) -> bool:
    account = cast(Account, person.account)
    known = constant_time_compare(str(request.session.get(HASH_SESSION_KEY, "")), account.get_session_auth_hash())
    if not known:
        return False
    seen = getattr(request.session, "seen_at", None)
    return not (isinstance(person, Staff) and seen and request.at - seen > STAFF_MAY_BE_AWAY)


def _note_presence(request: DeskRequest) -> None:
    note = getattr(request.session, "note_presence", None)
    if note is not None:
        note(at=request.at)


def _mark(response: HttpResponse, request: DeskRequest) -> None:
    response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
    patch_vary_headers(response, ["Cookie"])
    if request.account is not None and not response.has_header("Cache-Control"):
        response.headers["Cache-Control"] = "private, no-store"


def for_staff[**P](
    act: str,
) -> Callable[
    [Callable[Concatenate[StaffRequest, P], HttpResponse]], Callable[Concatenate[HttpRequest, P], HttpResponse]
]:
    """Lets in colleagues whose role allows the act; others get 403, the unknown are led to the staff sign-in."""

    def guard(
        view: Callable[Concatenate[StaffRequest, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            desk = cast(DeskRequest, request)
            if desk.staff is None:
                return _lead(desk, first_step(desk.newcomer) if desk.newcomer else "signin:staff")
            if not may(desk.staff, act):
                raise PermissionDenied
            return view(cast(StaffRequest, desk), *args, **kwargs)

        cast(Any, guarded).opens_for = ("staff", act)
        return guarded

    return guard


def for_contact[**P](
    view: Callable[Concatenate[ContactRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Lets in customers' people; anybody else is led to the customers' sign-in."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        desk = cast(DeskRequest, request)
        if desk.contact is None:
            return _lead(desk, "signin:customer")
        return view(cast(ContactRequest, desk), *args, **kwargs)

    cast(Any, guarded).opens_for = ("contact", "")
    return guarded


def for_signed_in[**P](
    view: Callable[Concatenate[PersonRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Lets in everybody who is signed in, of either side; strangers are led to the customers' sign-in."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        desk = cast(DeskRequest, request)
        if desk.newcomer:
            return _lead(desk, first_step(desk.newcomer))
        if desk.account is None:
            return _lead(desk, "signin:customer")
        return view(cast(PersonRequest, desk), *args, **kwargs)

    cast(Any, guarded).opens_for = ("person", "")
    return guarded


def first_step(newcomer: Staff) -> str:
    """The page a colleague must pass before any other: a password of its own, then a second factor."""
    return "signin:new_password" if newcomer.account.password_is_temporary else "signin:second_factor"


def safe_next(request: HttpRequest, otherwise: str) -> str:
    """Where to go after signing in: the asked page when it is one of ours, else `otherwise`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/"):
        return wanted
    return otherwise


def _lead(request: DeskRequest, name: str) -> HttpResponse:
    back = request.get_full_path() if request.method in {"GET", "HEAD"} else ""
    place = resolve_url(name) + (f"?{urlencode({'next': back})}" if back not in {"", "/", "/desk/"} else "")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": resolve_url(name)})
    return HttpResponseRedirect(place)
