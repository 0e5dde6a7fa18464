"""Pages with the parts of watched work on them, served in tests only; records are put into RECORDS by the tests."""

from datetime import timedelta
from pathlib import Path

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.urls import include, path

from opora.evidence.commands import index
from tests.evidence.recording import AGREEMENT, SESSION, SIGNER

PLACE = Path(__file__).parent / "templates" / "work.html"
RECORDS: dict[str, bytes] = {}


def show(request: HttpRequest, part: str, record: str = "") -> HttpResponse:
    """A page with one of the parts."""
    import hashlib

    facts = {
        "part": part,
        "record": record,
        "session": SESSION.hex(),
        "agreement": hashlib.sha256(AGREEMENT).hexdigest(),
        "key": SIGNER.verifier_key,
        "opens": (request.at + timedelta(minutes=7)).isoformat(),
    }
    template = engines["django"].from_string(PLACE.read_text(encoding="utf-8"))
    return HttpResponse(template.render(facts, request))


def frames(request: HttpRequest, record: str) -> HttpResponse:
    """A record by ranges of bytes (RFC 9110, 14)."""
    whole = RECORDS[record]
    first, _, last = request.headers["Range"].removeprefix("bytes=").partition("-")
    piece = whole[int(first) : int(last) + 1]
    answer = HttpResponse(piece, status=206, content_type="application/octet-stream")
    answer["Content-Range"] = f"bytes {first}-{int(first) + len(piece) - 1}/{len(whole)}"
    return answer


def indexed(request: HttpRequest, record: str) -> JsonResponse:
    """Its index."""
    return JsonResponse(index(RECORDS[record]))


urlpatterns = [
    path("", include("opora.desk.web.components.urls")),
    path("specimen/work/<str:record>.frames", frames),
    path("specimen/work/<str:record>.json", indexed),
    path("specimen/work/<slug:part>/<slug:record>", show),
    path("specimen/work/<slug:part>", show),
]
handler404 = "opora.desk.web.components.errors.not_found"
handler500 = "opora.desk.web.components.errors.broken"
