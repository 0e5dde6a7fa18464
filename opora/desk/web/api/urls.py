"""One address for the whole API. What stands behind it is loaded with the first call, so that pages do not pay for it."""

from typing import cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import Resolver404, path, resolve
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

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


urlpatterns = [path("api/v1/<path:rest>", api, name="v1")]
