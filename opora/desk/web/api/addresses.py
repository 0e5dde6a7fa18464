"""The addresses below /api/v1/, and the description of them (OpenAPI 3.1)."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from opora.desk.web.api.rendering import as_json
from opora.desk.web.api.service import PREFIX, service

REPEATING = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "maxLength": 255},
    "description": "The same call sent again under the same key within 24 hours changes nothing and gets the same answer.",
}


def openapi(_request: HttpRequest) -> HttpResponse:
    """The description of the API; open to everybody, for it tells nothing about anybody."""
    described = service.get_openapi_schema(path_prefix=PREFIX)
    for methods in described["paths"].values():
        if "post" in methods:
            methods["post"].setdefault("parameters", []).append(REPEATING)
    return HttpResponse(as_json(described), content_type="application/json")


urlpatterns = [path("openapi.json", openapi, name="openapi"), path("", service.urls)]
