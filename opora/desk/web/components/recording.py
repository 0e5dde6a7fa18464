"""Records as answers: frames in ranges for the replay, the index, the bundle to take away. The views beside it say to whom."""

import re
from collections.abc import Callable
from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from opora.desk.kernel.errors import NotHere
from opora.desk.workroom import recordings, states
from opora.desk.workroom.gateway import Away, Declined
from opora.desk.workroom.models import WorkSession
from opora.desk.workroom.recordings import Viewer

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def answer(request: HttpRequest, session: WorkSession, viewer: Viewer, part: str, *, at: datetime) -> HttpResponse:
    """Return `session.frames`, `index.json` or `record.zip` of an ended session. Raises NotHere for anything else.

    503 in words while the ledger does not answer: nothing is shown whose look cannot be kept.
    """
    make = _PARTS.get(part)
    if make is None or session.state != states.ENDED:
        raise NotHere
    try:
        return make(request, session, viewer, at)
    except (Away, Declined, OSError):
        words = _("The record cannot be read just now. Try again in a minute.")
        return HttpResponse(words, status=503, content_type="text/plain; charset=utf-8")


def _frames(request: HttpRequest, session: WorkSession, viewer: Viewer, at: datetime) -> HttpResponse:
    place = recordings.replayed(session, viewer, at=at)
    size = place.stat().st_size
    wanted = _span(request.headers.get("Range", ""), size)
    with place.open("rb") as frames:
        if wanted is None:
            return _unnamed(HttpResponse(frames.read()), size)
        first, last = wanted
        if first >= size or first > last:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        frames.seek(first)
        response = HttpResponse(frames.read(last - first + 1), status=206)
    response["Content-Range"] = f"bytes {first}-{last}/{size}"
    return _unnamed(response, last - first + 1)


def _index(_request: HttpRequest, session: WorkSession, viewer: Viewer, at: datetime) -> HttpResponse:
    return JsonResponse(recordings.indexed(session, viewer, at=at), json_dumps_params={"ensure_ascii": False})


def _bundle(request: HttpRequest, session: WorkSession, viewer: Viewer, at: datetime) -> HttpResponse:
    if request.method != "GET":
        raise NotHere
    taken = recordings.bundled(session, viewer, at=at)
    name = f"{session.ticket.mark}-{session.mark}.zip"
    with taken:
        response = HttpResponse(taken.read(), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _unnamed(response: HttpResponse, length: int) -> HttpResponse:
    response["Content-Type"] = "application/octet-stream"
    response["Content-Length"] = str(length)
    response["Accept-Ranges"] = "bytes"
    return response


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """The first and last byte asked for; None for the whole, as for what cannot be understood (RFC 9110, 14.2)."""
    found = _RANGE.fullmatch(asked.strip())
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        return max(size - int(found[2]), 0), size - 1
    return int(found[1]), min(int(found[2] or size - 1), size - 1)


_PARTS: dict[str, Callable[[HttpRequest, WorkSession, Viewer, datetime], HttpResponse]] = {
    "session.frames": _frames,
    "index.json": _index,
    "record.zip": _bundle,
}
