"""The API as one object: key, renderer, and how a refusal is told to a program."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from opora.desk.kernel.errors import Clash, NotHere, Refused
from opora.desk.web.api.callers import Forbidden, Key
from opora.desk.web.api.endpoints import customers, tickets
from opora.desk.web.api.rendering import Renderer

PREFIX = "/api/v1/"

service = NinjaAPI(
    title="Opora",
    version="1",
    description="The support desk for programs. A key is made in one's own profile; it may do what its owner may do.",
    auth=Key(),
    renderer=Renderer(),
    docs_url=None,
    openapi_url=None,
    urls_namespace="api-v1",
)
service.add_router("", tickets.router)
service.add_router("", customers.router)


@service.exception_handler(AuthenticationError)
def _no_key(request: HttpRequest, _error: Exception) -> HttpResponse:
    answer = _say(request, 401, "api.no_key", _("Send a key that works: Authorization: Bearer opora_…"))
    answer.headers["WWW-Authenticate"] = 'Bearer realm="opora"'
    return answer


@service.exception_handler(Refused)
def refused(request: HttpRequest, error: Exception) -> HttpResponse:
    """A refusal as programs read it."""
    refusal = error if isinstance(error, Refused) else Refused("api.refused", str(error))
    status = 403 if isinstance(refusal, Forbidden) else 409 if isinstance(refusal, Clash) else 422
    return _say(request, status, refusal.code, refusal.message)


@service.exception_handler(NotHere)
def _not_here(request: HttpRequest, _error: Exception) -> HttpResponse:
    return _say(request, 404, "api.not_here", _("There is nothing here."))


@service.exception_handler(ValidationError)
def _unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    wrong = error.errors if isinstance(error, ValidationError) else []
    places = [{"where": ".".join(str(part) for part in one["loc"]), "what": one["msg"]} for one in wrong]
    content = {"code": "api.unreadable", "message": _("Some of what was sent cannot be taken."), "wrong": places}
    return service.create_response(request, content, status=422)


@service.exception_handler(HttpError)
def _no_json(request: HttpRequest, error: Exception) -> HttpResponse:
    status = error.status_code if isinstance(error, HttpError) else 400
    return _say(request, status, "api.no_json", _("What was sent is not JSON as this address takes it."))


def _say(request: HttpRequest, status: int, code: str, message: str) -> HttpResponse:
    return service.create_response(request, {"code": code, "message": message}, status=status)
