"""Who reads: their language, zone, theme and shortcuts.

Sits after the doors, which know the person. Sets `request.reader`; turns a closed door into "not found" and a refusal
into a page that says what to do.
"""

import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone, translation

from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.web.components import errors

THEMES = ("system", "light", "dark")
DENSITIES = ("dense", "comfortable")
THEME_COOKIE = "opora_theme"


@dataclass(frozen=True, slots=True)
class Reader:
    """How one person likes to read."""

    language: str
    zone: str
    theme: str
    shortcuts: bool
    density: str = "dense"


class ReaderMiddleware:
    """Speaks the reader's language in the reader's zone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, in the reader's language and zone."""
        reader = request.reader = read(request)  # type: ignore[attr-defined]
        with translation.override(reader.language), timezone.override(zone(reader.zone)):
            request.LANGUAGE_CODE = reader.language
            answer = self.get_response(request)
            answer.headers.setdefault("Content-Language", reader.language)
            return answer

    def process_view(
        self, request: HttpRequest, view: Callable[..., object], args: object, kwargs: object
    ) -> HttpResponse | None:
        """No text of PostgreSQL holds a NUL, and no hand types one: a page's form with it goes no further."""
        ours = request.method == "POST" and not getattr(view, "csrf_exempt", False)
        if ours and any("\0" in text for _name, texts in request.POST.lists() for text in texts):
            return errors.bad_request(request)
        return None

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """A closed door is "not found"; a refusal is a page with its reason; anything else is a bug and goes on."""
        if isinstance(problem, NotHere):
            return errors.not_found(request, problem)
        if isinstance(problem, Refused):
            return errors.refused(request, problem)
        return None


def read(request: HttpRequest) -> Reader:
    """The signed-in person's own choices, else this browser's."""
    account = getattr(request, "user", None)
    if account is not None and account.is_authenticated:
        theme = account.theme if account.theme in THEMES else "system"
        return Reader(known_language(account.language), account.zone, theme, account.shortcuts, account.density)
    theme = request.COOKIES.get(THEME_COOKIE, "system")
    language = known_language(translation.get_language() or settings.LANGUAGE_CODE)
    return Reader(language, settings.OPORA_ZONE, theme if theme in THEMES else "system", True)


def known_language(code: str) -> str:
    """The code when we speak it, else the desk's own language."""
    short = code.split("-", maxsplit=1)[0].lower()
    return short if short in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def zone(name: str) -> zoneinfo.ZoneInfo:
    """The zone of that name, else the desk's own."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return zoneinfo.ZoneInfo(settings.OPORA_ZONE)
