"""Whom a visitor may be; the caught letters, newest first; one of them as its reader sees it; and its octets as they went out.

Outside the demo these pages do not exist. In it nobody has to sign in: a demo's letters are nobody's secret.
"""

from collections.abc import Callable
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as modern
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from opora.desk.channels.email.models import CaughtLetter
from opora.desk.kernel.errors import NotHere
from opora.desk.web.catcher.visitors import CUSTOMERS, PASSWORD, STAFF

SHOWN = 100
HEADERS = (
    "From",
    "To",
    "Cc",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
)


def only_in_the_demo[**Asked](view: Callable[Asked, HttpResponse]) -> Callable[Asked, HttpResponse]:
    """The view, where OPORA_DEMO is set; raises NotHere elsewhere."""

    @wraps(view)
    def guarded(*args: Asked.args, **more: Asked.kwargs) -> HttpResponse:
        if not settings.OPORA_DEMO:
            raise NotHere
        return view(*args, **more)

    return guarded


@require_safe
@never_cache
@only_in_the_demo
def welcome(request: HttpRequest) -> HttpResponse:
    """Everybody one can be here, each a press away through the ordinary door, and what is worth seeing."""
    known = {
        "sides": (("signin:staff", STAFF, "/desk/"), ("signin:password", CUSTOMERS, "/requests/")),
        "password": PASSWORD,
    }
    return render(request, "catcher/welcome.html", known)


@require_safe
@never_cache
@only_in_the_demo
def letters(request: HttpRequest) -> HttpResponse:
    """The newest letters, all or those `to` one address."""
    to = request.GET.get("to", "").strip().lower()
    rows = CaughtLetter.objects.defer("raw").order_by("-pk")
    rows = rows.filter(envelope_to__contains=[to]) if to else rows
    return render(request, "catcher/letters.html", {"letters": rows[:SHOWN], "to": to})


@require_safe
@never_cache
@only_in_the_demo
def letter(request: HttpRequest, number: int) -> HttpResponse:
    """One letter: its headers and its plain words. Raises NotHere."""
    caught = _caught(number)
    came = BytesParser(policy=modern).parsebytes(bytes(caught.raw))
    known = {
        "letter": caught,
        "headers": [(name, str(came[name])) for name in HEADERS if came[name]],
        "text": _plain(came),
        "files": [part.get_filename() or part.get_content_type() for part in came.iter_attachments()],
    }
    return render(request, "catcher/letter.html", known)


@require_safe
@never_cache
@only_in_the_demo
def octets(request: HttpRequest, number: int) -> HttpResponse:  # noqa: ARG001
    """The letter as it went out, to be opened by a mail program. Raises NotHere."""
    headers = {"Content-Disposition": f'attachment; filename="letter-{number}.eml"'}
    return HttpResponse(bytes(_caught(number).raw), content_type="message/rfc822", headers=headers)


def _caught(number: int) -> CaughtLetter:
    found = CaughtLetter.objects.filter(pk=number).first() if number < 2**63 else None
    if found is None:
        raise NotHere
    return found


def _plain(came: EmailMessage) -> str:
    body = came.get_body(("plain",))
    return str(body.get_content()) if body is not None else ""
