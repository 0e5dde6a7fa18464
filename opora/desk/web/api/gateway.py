"""`POST /gateway/knock|factor|tunnel|opened|told`: the internal door, for the gateway alone.

JSON each way. 200 with facts, or 403 with a code and a reason in words that the engineer reads. No session and no cookie
opens it: only the secret it shares with us, compared in constant time. The desk decides here and nowhere else who may work.
"""

import hmac
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.translation import gettext as _

from opora.desk.kernel.clock import now
from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.people.models import Staff
from opora.desk.web.signin.actions import use_number
from opora.desk.web.signin.queries import factors_of, second_factor_required
from opora.desk.workroom import actions, policies, queries
from opora.desk.workroom.gateway import shared_secret

type Facts = dict[str, Any]

LARGEST = 2 << 20
_SESSION = re.compile(r"[0-9a-f]{32}")
_UNKEPT = re.compile(r"[\x00\ud800-\udfff]")
"""What no text of the database holds; strangers choose some of the words the gateway tells."""


def answer(request: HttpRequest, what: str) -> HttpResponse:
    """Answer one question. Raises NotHere where there is no gateway, and for questions there are not."""
    secret = shared_secret()
    act = _ACTS.get(what)
    if not secret or act is None:
        raise NotHere
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(shown.encode(), secret.encode()):
        return JsonResponse({"code": "secret", "reason": "This is not the gateway's secret."}, status=401)
    try:
        facts = _read(request)
        with translation.override(_language(facts)):
            return JsonResponse(act(facts, now()))
    except Refused as refused:
        return JsonResponse({"code": refused.code.removeprefix("consent."), "reason": refused.message}, status=403)
    except (KeyError, TypeError, ValueError, DataError) as error:
        return JsonResponse({"code": "unreadable", "reason": f"{type(error).__name__}: {error}"}, status=400)


def _knock(facts: Facts, at: datetime) -> Facts:
    staff = _staff(facts.get("staff"))
    if facts.get("staff") is not None and staff is None:
        raise Refused("key", _("This key is not known here. Register it on your account page."))
    opened = policies.knock(_text(facts, "ticket"), _maybe(facts, "host"), staff=staff, key=_maybe(facts, "key"), at=at)
    return {
        "staff": {"id": opened.staff.pk, "name": opened.staff.name, "language": opened.staff.account.language},
        "factor": _wants_factor(opened.staff),
        "hosts": opened.hosts,
        "agreement": opened.agreement.text,
        "sha256": opened.agreement.sha256,
    }


def _factor(facts: Facts, at: datetime) -> Facts:
    staff = _staff(facts["staff"])
    if staff is None or not staff.active:
        raise Refused("key", _("This key is not known here. Register it on your account page."))
    address = _maybe(facts, "from") or "gateway"
    use_number(staff.account, typed=_text(facts, "code"), address=address, by=staff.actor, at=at)
    return {}


def _opened(facts: Facts, at: datetime) -> Facts:
    actions.open_session(
        _session(facts),
        agreement=_text(facts, "agreement"),
        staff=int(facts["staff"]),
        host=_text(facts, "host"),
        came_from=_maybe(facts, "from") or "",
        began=_moment(facts["at"]),
        at=at,
    )
    return {}


def _told(facts: Facts, at: datetime) -> Facts:
    said = facts.get("facts") or {}
    if not isinstance(said, dict):
        raise TypeError("facts is an object")
    name = _session(facts) if facts["session"] else ""
    new = actions.tell(
        name,
        number=int(facts["number"]),
        what=_text(facts, "what"),
        facts=said,
        happened=_moment(facts["at"]),
        at=at,
    )
    return {"new": new}


def _tunnel(facts: Facts, at: datetime) -> Facts:
    number, opening = facts.get("pass"), facts.get("opening")
    word = _maybe(facts, "word")
    if word is None and (not isinstance(number, int) or isinstance(number, bool)):
        raise ValueError("a tunnel is asked for by its word or its number")
    found = policies.passage(_text(facts, "ticket"), _text(facts, "host"), word=word, number=number, at=at)
    if word is None and isinstance(opening, int):
        actions.hear_tunnel(found, opening, at=at)
    return {
        "agreement": found.agreement.text,
        "pass": found.pk,
        "name": found.made_by.name,
        "language": found.made_by.language,
    }


_ACTS: dict[str, Callable[[Facts, datetime], Facts]] = {
    "knock": _knock,
    "factor": _factor,
    "opened": _opened,
    "told": _told,
    "tunnel": _tunnel,
}


def _read(request: HttpRequest) -> Facts:
    if len(request.body) > LARGEST:
        raise ValueError("too large")
    facts = _kept(json.loads(request.body))
    if not isinstance(facts, dict):
        raise TypeError("one object is expected")
    return facts


def _kept(told: Any) -> Any:
    """The same with a sign in the place of each that the database does not take."""
    if isinstance(told, str):
        return _UNKEPT.sub("\ufffd", told)
    if isinstance(told, list):
        return [_kept(one) for one in told]
    if isinstance(told, dict):
        return {_kept(name): _kept(one) for name, one in told.items()}
    return told


def _language(facts: Facts) -> str:
    """The language of whoever a reason is for, as far as anything in the question says who it is."""
    found = _staff(facts.get("staff"))
    if found is None and isinstance(facts.get("key"), str):
        found = policies.owner_of_key(facts["key"])
    if found is None and isinstance(facts.get("word"), str):
        return queries.language_of_word(facts["word"]) or "en"
    return found.account.language if found else "en"


def _wants_factor(staff: Staff) -> bool:
    return second_factor_required() or bool(factors_of(staff.account))


def _staff(number: object) -> Staff | None:
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    return Staff.objects.select_related("account").filter(pk=number).first()


def _session(facts: Facts) -> str:
    name = _text(facts, "session")
    if not _SESSION.fullmatch(name):
        raise ValueError("session is 32 hex digits")
    return name


def _text(facts: Facts, name: str) -> str:
    value = facts[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} is text")
    return value


def _maybe(facts: Facts, name: str) -> str | None:
    value = facts.get(name)
    return value if isinstance(value, str) and value else None


def _moment(nanoseconds: object) -> datetime:
    """A moment told in nanoseconds since 1970, to the microsecond."""
    if not isinstance(nanoseconds, int) or isinstance(nanoseconds, bool) or not 0 < nanoseconds < 2**63:
        raise ValueError("at is nanoseconds since 1970")
    return datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC).replace(
        microsecond=nanoseconds % 1_000_000_000 // 1000
    )
