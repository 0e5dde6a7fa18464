"""The addresses below /api/v1/, and the description of them (OpenAPI 3.1)."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from opora.desk.web.api.rendering import as_json
from opora.desk.web.api.service import PREFIX, service


def openapi(_request: HttpRequest) -> HttpResponse:
    """The description of the API; open to everybody, for it tells nothing about anybody."""
    return HttpResponse(as_json(service.get_openapi_schema(path_prefix=PREFIX)), content_type="application/json")


urlpatterns = [path("openapi.json", openapi, name="openapi"), path("", service.urls)]
