"""Pages for when something is not so: they say what happened and what to do next, and give nothing away."""

import sys
from dataclasses import dataclass

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from opora.desk.kernel.errors import Clash, Refused


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an error page says."""

    status: int
    title: str
    advice: str


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """404: it does not exist, or not for this person; the page never says which."""
    advice = _("The address may be mistyped, or this page is not meant for the account you are signed in with.")
    return page(request, Trouble(404, _("There is nothing here"), advice))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """403: signed in, but this act belongs to others."""
    return page(
        request, Trouble(403, _("This is not yours to do"), _("Ask the head of support if you need this right."))
    )


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """403 for a form whose token is missing or old."""
    advice = _("This form has grown old. Go back, reload the page and send it again; your text is still in the form.")
    return page(request, Trouble(403, _("Please send that again"), advice))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request could not be understood; 413 when it was only too much of it."""
    if isinstance(exception, (RequestDataTooBig, TooManyFilesSent)):
        return too_large(request, exception)
    return page(
        request, Trouble(400, _("That request made no sense"), _("Go back, reload the page and try once more."))
    )


def too_large(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """413: more bytes than we take at once."""
    advice = _("One file may have up to 25 MB, all together up to 30 MB. Go back and send fewer or smaller files.")
    return page(request, Trouble(413, _("That is too large"), advice))


def broken(request: HttpRequest) -> HttpResponse:
    """500: our own fault; 503 while the database is away. Touches no database, for that may be what is broken."""
    if isinstance(sys.exception(), (OperationalError, InterfaceError)):
        return away(request)
    advice = _("The fault is ours and is written down. Try again in a minute; your text is still in the form.")
    return page(request, Trouble(500, _("Something broke"), advice))


def away(request: HttpRequest) -> HttpResponse:
    """503: the database does not answer, and soon will again."""
    advice = _("The database is starting again. Try once more in a few seconds; your text is still in the form.")
    answer = page(request, Trouble(503, _("One moment, please"), advice))
    answer["Retry-After"] = "3"
    return answer


def refused(request: HttpRequest, problem: Refused) -> HttpResponse:
    """409 when somebody was faster, else 422: a rule says no, in its own words."""
    status = 409 if isinstance(problem, Clash) else 422
    return page(request, Trouble(status, _("That cannot be done"), problem.message), code=problem.code)


def page(request: HttpRequest, trouble: Trouble, *, code: str = "") -> HttpResponse:
    """The error as a page; as JSON for a script that asked for it."""
    if "application/json" in request.headers.get("Accept", "") and "text/html" not in request.headers.get("Accept", ""):
        return JsonResponse({"code": code or str(trouble.status), "message": trouble.advice}, status=trouble.status)
    known = {"trouble": trouble, "code": code, "request": request, "typed": typed_words(request, trouble.status)}
    text = render_to_string("components/error.html", known)
    return HttpResponse(text, status=trouble.status)


def typed_words(request: HttpRequest, status: int) -> str:
    """What stood in the form that was refused, so that it can be copied; never a secret, never what nobody typed."""
    if request.method != "POST" or status not in {403, 409, 422}:
        return ""
    fields = request.POST.lists()
    return "\n\n".join(text for name, texts in fields if not _secret(name) for text in texts if len(text.split()) > 1)


def _secret(name: str) -> bool:
    return any(part in name for part in ("password", "present", "new", "code", "token"))
