"""A telephone without an exchange: the demo's page from which a customer rings the desk.

What is pressed goes to the desk's real hook, over the wire, as an exchange's words would. Outside the demo there is no such page.
"""

import hmac
import secrets
from hashlib import sha256
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from opora.desk.channels.phone.models import Call, Extension
from opora.desk.channels.phone.states import ENDED
from opora.desk.customers.models import Phone
from opora.desk.web.catcher.views import only_in_the_demo

EXCHANGE = "Borea's telephones"
OURS = "+74950000000"
PATIENCE = 20
SHOWN = 60
EVENTS = {"answer": "answer", "hang_up": "hangup"}


def token() -> str:
    """The token of the demo's exchange: everybody who has the desk's key can say it again, nobody else."""
    return hmac.new(str(settings.SECRET_KEY).encode(), b"the demo's telephone", sha256).hexdigest()[:32]


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only_in_the_demo
def telephone(request: HttpRequest) -> HttpResponse:
    """Choose who calls and let it ring; answer and hang up what rings."""
    if request.method == "POST":
        if (words := _words(request)) is not None and (trouble := _say(words)):
            messages.error(request, trouble)
        return HttpResponseRedirect(reverse("catcher:telephone"))
    phones = Phone.objects.filter(contact__active=True).select_related("contact__organisation")
    known = {
        "phones": phones.order_by("contact__organisation__name", "contact__name")[:SHOWN],
        "seats": _seats(),
        "calls": _going_on().select_related("contact__organisation").order_by("-began_at"),
    }
    return render(request, "catcher/telephone.html", known)


def _words(request: HttpRequest) -> dict[str, str] | None:
    """What an exchange would say to what was pressed; None when nothing of it makes sense any more."""
    pressed = request.POST.get("pressed", "")
    if pressed == "ring":
        number = (request.POST.get("typed", "").strip() or request.POST.get("number", ""))[:40]
        return _said("newCall", secrets.token_hex(8), number or "anonymous", request.POST.get("seat", "")[:80])
    asked = request.POST.get("call", "")
    call = _going_on().filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 19 else None
    if call is None or pressed not in EVENTS:
        return None
    return _said(EVENTS[pressed], call.key, call.caller_written, next(iter(call.rung), ""))


def _said(event: str, call: str, number: str, seat: str) -> dict[str, str]:
    said = {"event": event, "callId": call, "from": number, "to": OURS, "direction": "in"}
    return said | ({"user": seat} if seat else {})


def _say(words: dict[str, str]) -> str:
    """Post it to the hook as an exchange would; "" or what went wrong."""
    host, port = settings.OPORA_LISTEN
    line = HTTPConnection(host, port, timeout=PATIENCE)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Host": urlsplit(settings.OPORA_SITE_URL).netloc,
    }
    try:
        line.request("POST", reverse("api:cti", args=[token()]), urlencode(words), headers)
        status = line.getresponse().status
    except (OSError, HTTPException) as trouble:
        return _("The desk's hook did not answer: %(trouble)s") % {"trouble": trouble}
    finally:
        line.close()
    return "" if status == 200 else _("The desk's hook answered %(status)s.") % {"status": status}


def _seats() -> QuerySet[Extension]:
    return Extension.objects.filter(connection__name=EXCHANGE).select_related("staff").order_by("name")


def _going_on() -> QuerySet[Call]:
    return Call.objects.filter(connection__name=EXCHANGE).exclude(state=ENDED)
