"""A call that is sent twice is taken in once: POST with an `Idempotency-Key`.

The key belongs to the caller's account and is good for a day. The same call under it gets the same answer again; another
call under it is refused. Two at once wait for each other in the database. A call that was refused is not remembered: it
changed nothing, so it may be mended and sent again under its key.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from opora.desk.kernel.errors import Refused
from opora.desk.web.api.callers import Caller, Forbidden, Key
from opora.desk.web.api.models import TakenCall
from opora.desk.web.api.rules import GOOD_FOR
from opora.desk.web.api.service import refused

LONGEST = 255


def answer_once(request: HttpRequest, act: Callable[[], HttpResponse], *, at: datetime) -> HttpResponse:
    """What `act` answers; for a call that was taken in before, the answer of then."""
    key = request.headers.get("Idempotency-Key", "")
    caller = Key()(request) if key and request.method == "POST" else None
    if not isinstance(caller, Caller):
        return act()
    if len(key) > LONGEST or not key.isascii() or not key.isprintable():
        return refused(request, Refused("api.bad_key", _("An Idempotency-Key is 1 to 255 plain characters.")))
    with transaction.atomic():
        call, new = _take(caller, key, _digest(request), at)
        return _first(call, act) if new else _again(request, call, caller)


def _take(caller: Caller, key: str, digest: str, at: datetime) -> tuple[TakenCall, bool]:
    """The row of this key, and whether it is new. Waits for another call under the same key that is being answered."""
    account = caller.person.account
    assert account is not None, "a key belongs to an account"
    mine = TakenCall.objects.filter(account=account, key=key)
    mine.filter(taken_at__lte=at - GOOD_FOR).delete()
    new = TakenCall(account=account, key=key, digest=digest, scopes=sorted(caller.scopes), taken_at=at)
    TakenCall.objects.bulk_create([new], ignore_conflicts=True)
    row = mine.select_for_update().get()
    return row, row.status == 0


def _first(call: TakenCall, act: Callable[[], HttpResponse]) -> HttpResponse:
    answer = act()
    if answer.status_code >= 400:
        call.delete()
    else:
        TakenCall.objects.filter(pk=call.pk).update(status=answer.status_code, answer=answer.content)
    return answer


def _again(request: HttpRequest, call: TakenCall, caller: Caller) -> HttpResponse:
    if call.digest != _digest(request):
        words = _("This Idempotency-Key was used for another call. Send a new key with a new call.")
        return refused(request, Refused("api.key_reused", words))
    if not caller.scopes >= set(call.scopes):
        return refused(request, Forbidden("api.scope", _("This key may not do that.")))
    answer = HttpResponse(bytes(call.answer), status=call.status, content_type="application/json; charset=utf-8")
    answer["Idempotent-Replayed"] = "true"
    return answer


def _digest(request: HttpRequest) -> str:
    return hashlib.sha256(f"{request.method} {request.path}\0".encode() + request.body).hexdigest()
