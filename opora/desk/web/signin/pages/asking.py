"""Half-way through signing in: who has shown the password, what the browser was asked, what it answered."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, JsonResponse, RawPostDataException

from opora.desk.kernel.errors import Refused
from opora.desk.people.models import Account
from opora.desk.web.components.doors import DeskRequest
from opora.desk.web.signin.passkeys import Place

HALF_KEY = "half_way_in"


@dataclass(frozen=True, slots=True)
class Half:
    """Somebody who has shown the password and must still show the second factor."""

    account: Account
    next_page: str


def begin_half(request: DeskRequest, account: Account, next_page: str) -> None:
    """Remember, under a new session key, who has shown the password. This opens nothing yet."""
    request.session.flush()
    request.session[HALF_KEY] = {
        "account": account.pk,
        "password": account.get_session_auth_hash(),
        "at": request.at.isoformat(),
        "next": next_page,
    }


def half_of(request: DeskRequest, lasts: timedelta) -> Half | None:
    """Who has shown the password a short while ago; None when it is too long ago or was changed since."""
    kept = request.session.get(HALF_KEY)
    if not kept or request.at - datetime.fromisoformat(kept["at"]) > lasts:
        return None
    account = Account.objects.filter(pk=kept["account"], is_active=True).first()
    if account is None or account.get_session_auth_hash() != kept["password"]:
        return None
    return Half(account, kept["next"])


def place_of(request: HttpRequest) -> Place:
    """The site as the browser names it."""
    host = request.get_host()
    return Place(host=host.rsplit(":", 1)[0], origin=f"{request.scheme}://{host}")


def options_answer(content: Any, *, status: int = 200) -> HttpResponse:
    """JSON for our own script."""
    return JsonResponse(content, status=status)


def answer_of(request: HttpRequest) -> dict[str, Any]:
    """What the browser answered. Raises Refused for anything but a JSON object."""
    try:
        content = json.loads(request.body)
    except (ValueError, RawPostDataException):  # a form with parts has been read as such by then, and is no answer
        content = None
    if not isinstance(content, dict):
        raise Refused("signin.passkey_misfit", "The browser's answer is not JSON.")
    return cast(dict[str, Any], content)
