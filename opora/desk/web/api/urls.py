"""One address for the whole API. What stands behind it is loaded with the first call, so that pages do not pay for it."""

from typing import cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import Resolver404, path, resolve
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from opora.desk.web.components.doors import DeskRequest

app_name = "api"


@csrf_exempt
def api(request: HttpRequest, rest: str) -> HttpResponse:
    """The answer of the endpoint. No cookie opens it, so no other site can use a reader's browser to call it."""
    from opora.desk.web.api import addresses, repeating

    try:
        match = resolve(f"/{rest}", urlconf=addresses)  # type: ignore[arg-type]
    except Resolver404:
        return JsonResponse({"code": "api.no_such_address", "message": _("The API has no such address.")}, status=404)
    request.resolver_match = match

    def act() -> HttpResponse:
        answer: HttpResponse = match.func(request, *match.args, **match.kwargs)
        return answer

    return repeating.answer_once(request, act, at=cast(DeskRequest, request).at)


@csrf_exempt
@require_POST
def mail_hook(request: HttpRequest, token: str) -> HttpResponse:
    """A letter for one of our mailboxes, from a program that knows its token."""
    from opora.desk.web.api.hooks import mail

    return mail(request, token)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def cti_hook(request: HttpRequest, token: str, rest: str = "") -> HttpResponse:
    """A word of a telephone exchange that knows its token."""
    from opora.desk.web.api.cti import hear

    return hear(request, token, rest)


@csrf_exempt
@require_POST
def gateway(request: HttpRequest, what: str) -> HttpResponse:
    """A question or a word of the gateway to customers' systems, which shows the secret it shares with us."""
    from opora.desk.web.api.gateway import answer

    return answer(request, what)


urlpatterns = [
    path("gateway/<slug:what>", gateway, name="gateway"),
    path("hooks/mail/<str:token>", mail_hook, name="mail_hook"),
    path("hooks/cti/<str:token>", cti_hook, name="cti"),
    path("hooks/cti/<str:token>/<path:rest>", cti_hook, name="cti_rest"),
    path("api/v1/<path:rest>", api, name="v1"),
]
