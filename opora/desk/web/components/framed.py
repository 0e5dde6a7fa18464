"""A letter as its sender made it: a page of its own that can do nothing, shown in a frame when somebody asks for it.

The page is sandboxed by its own policy, wherever it is opened: no scripts, no forms, no origin, nothing fetched but, on a
second request, pictures from outside. Pictures that came with the letter are written into it.
"""

import base64
from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe

from opora.desk.channels.email.cleaning import show_html
from opora.desk.kernel import files
from opora.desk.kernel.files import SAFE_IMAGES
from opora.desk.tickets.models import Message, MessageFile
from opora.desk.web.components.reader import Reader

POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src {pictures}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
ROOM_FOR_PICTURES = 8 * 1024 * 1024


def answer(request: HttpRequest, message: Message, *, reader: Reader, where: str) -> HttpResponse:
    """The letter's page; with `?frame` the frame around it instead, for the conversation."""
    if "frame" in request.GET:
        context = {"where": where, "outside": outside_pictures(message.html)}
        return render(request, "components/letter_frame.html", context)
    pictures = "pictures" in request.GET
    enclosed = message.files.select_related("file").exclude(content_id="")
    shown = show_html(message.html, pictures=_written_in(enclosed), remote=pictures)
    context = {
        "body": mark_safe(shown.html),
        "scheme": _scheme(shown.coloured, reader.theme),
        "left_out": shown.remote if request.headers.get("Sec-Fetch-Dest") != "iframe" else 0,
        "where": where,
    }
    page = render(request, "components/letter_page.html", context)
    page["Content-Security-Policy"] = POLICY.format(pictures="data: https: http:" if pictures else "data:")
    page["X-Frame-Options"] = "SAMEORIGIN"
    page["Referrer-Policy"] = "no-referrer"
    return page


def outside_pictures(html: str) -> int:
    """How many pictures of the letter would be fetched from elsewhere."""
    return show_html(html).remote


def _written_in(enclosed: Iterable[MessageFile]) -> dict[str, str]:
    """The safe pictures that came with the letter as `data:` addresses by content id, as many as there is room for."""
    found: dict[str, str] = {}
    room = ROOM_FOR_PICTURES
    for row in enclosed:
        if row.file.type not in SAFE_IMAGES or row.file.size > room:
            continue
        try:
            octets = files.read(row.file)
        except FileNotFoundError:
            continue
        room -= row.file.size
        found[row.content_id] = f"data:{row.file.type};base64,{base64.b64encode(octets).decode()}"
    return found


def _scheme(coloured: bool, theme: str) -> str:
    """A letter with colours of its own lies on white paper, for it was made for that; any other follows the reader."""
    if coloured:
        return "light"
    return theme if theme in ("light", "dark") else "light dark"
