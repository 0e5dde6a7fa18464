"""A letter as its sender made it: a page of its own that can do nothing, shown in a frame when somebody asks for it.

The page is sandboxed by its own policy, wherever it is opened: no scripts, no forms, no origin, nothing fetched but, on a
second request, pictures from outside. Pictures that came with the letter are written into it.
"""

import base64
import re
from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe

from opora.desk.channels.email.cleaning import clean_html
from opora.desk.kernel import files
from opora.desk.kernel.files import SAFE_IMAGES
from opora.desk.tickets.models import Message, MessageFile
from opora.desk.web.components.reader import Reader

POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src {pictures}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
ROOM_FOR_PICTURES = 8 * 1024 * 1024
OUTSIDE = ("http:", "https:", "//")
OWN_COLOURS = re.compile(r"\b(?:bg)?color\b", re.IGNORECASE)


def answer(request: HttpRequest, message: Message, *, reader: Reader, where: str) -> HttpResponse:
    """The letter's page; with `?frame` the frame around it instead, for the conversation."""
    if "frame" in request.GET:
        context = {"where": where, "outside": outside_pictures(message.html)}
        return render(request, "components/letter_frame.html", context)
    pictures = "pictures" in request.GET
    body, left_out = _body(message, pictures)
    context = {
        "body": mark_safe(body),
        "scheme": _scheme(message.html, reader.theme),
        "left_out": left_out if request.headers.get("Sec-Fetch-Dest") != "iframe" else 0,
        "where": where,
    }
    page = render(request, "components/letter_page.html", context)
    page["Content-Security-Policy"] = POLICY.format(pictures="data: https: http:" if pictures else "data:")
    page["X-Frame-Options"] = "SAMEORIGIN"
    page["Referrer-Policy"] = "no-referrer"
    return page


def outside_pictures(html: str) -> int:
    """How many pictures of the letter would be fetched from elsewhere."""
    return _Pictures({}, outside=False).shown(html)[1]


def _body(message: Message, outside: bool) -> tuple[str, int]:
    enclosed = message.files.select_related("file").exclude(content_id="")
    return _Pictures(_written_in(enclosed), outside=outside).shown(message.html)


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


class _Pictures:
    """Puts into a letter the pictures that may be shown, and counts those from outside that may not."""

    def __init__(self, written_in: dict[str, str], *, outside: bool) -> None:
        self._written_in = written_in
        self._outside = outside
        self._left_out = 0

    def shown(self, html: str) -> tuple[str, int]:
        """The letter, cleaned once more whatever kept it, and how many pictures were left out."""
        safe = clean_html(html, attribute_filter=self._attribute, set_tag_attribute_values={"a": {"target": "_blank"}})
        return safe, self._left_out

    def _attribute(self, tag: str, name: str, value: str) -> str | None:
        if tag != "img" or name != "src":
            return value
        if value.startswith("cid:"):
            return self._written_in.get(value[4:])
        if not value.strip().lower().startswith(OUTSIDE):
            return None
        if self._outside:
            return value
        self._left_out += 1
        return None


def _scheme(html: str, theme: str) -> str:
    """A letter with colours of its own lies on white paper, for it was made for that; any other follows the reader."""
    if OWN_COLOURS.search(html):
        return "light"
    return theme if theme in ("light", "dark") else "light dark"
