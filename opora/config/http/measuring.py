"""Counts and times every page by view and status, for `/metrics`. A path never becomes a label: numbers would flood it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

from opora.desk.kernel import clock

REQUESTS = Counter("opora_requests", "Pages and API calls answered.", ["view", "method", "status"])
SECONDS = Histogram(
    "opora_request_seconds",
    "Time in which a page or API call was answered.",
    ["view"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class MeasureMiddleware:
    """Outermost of all, so that the others are measured too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = clock.monotonic()
        response = self.get_response(request)
        view = _view_of(request)
        method = request.method if request.method in _METHODS else "other"
        REQUESTS.labels(view, method, response.status_code).inc()
        SECONDS.labels(view).observe(clock.monotonic() - began)
        return response


def _view_of(request: HttpRequest) -> str:
    match = request.resolver_match
    return (match.view_name or match.route or "unnamed") if match else "none"
