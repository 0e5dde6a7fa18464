"""How a person likes to read: language, theme, density of lists, shortcuts.

Kept on the account, or in this browser before signing in.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from opora.desk.people import actions as people
from opora.desk.web.components.reader import DENSITIES, THEME_COOKIE, THEMES

YEAR = 365 * 24 * 3600


@require_POST
def set_look(request: HttpRequest) -> HttpResponse:
    """Takes any of `language`, `theme`, `density`, `shortcuts` (on, off) and returns to `next`."""
    chosen = known_choices(request)
    if request.user.is_authenticated:
        people.prefer(request.user, **chosen)
    answer = HttpResponseRedirect(back(request))
    for choice, cookie in (("theme", THEME_COOKIE), ("language", settings.LANGUAGE_COOKIE_NAME)):
        if choice in chosen:
            secure = request.is_secure()
            answer.set_cookie(cookie, str(chosen[choice]), max_age=YEAR, samesite="Lax", secure=secure, httponly=True)
    return answer


def known_choices(request: HttpRequest) -> dict[str, str | bool]:
    """Only what we know; anything else is left as it is."""
    chosen: dict[str, str | bool] = {}
    if request.POST.get("language") in dict(settings.LANGUAGES):
        chosen["language"] = request.POST["language"]
    if request.POST.get("theme") in THEMES:
        chosen["theme"] = request.POST["theme"]
    if request.POST.get("density") in DENSITIES:
        chosen["density"] = request.POST["density"]
    if request.POST.get("shortcuts") in ("on", "off"):
        chosen["shortcuts"] = request.POST["shortcuts"] == "on"
    return chosen


def back(request: HttpRequest) -> str:
    """The page to return to: ours only."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else "/"
