"""An authenticator app as a page: the numbers of colleagues who have a second factor. Only in the demo."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from opora.desk.kernel import clock
from opora.desk.people.models import Staff
from opora.desk.web.catcher.views import only_in_the_demo
from opora.desk.web.signin import rules, seals
from opora.desk.web.signin.models import Totp


@dataclass(frozen=True, slots=True)
class Number:
    """What a colleague's app shows: the number, "" when one must be waited for, and the seconds until that changes."""

    name: str
    number: str
    seconds: int


@require_safe
@never_cache
@only_in_the_demo
def authenticator(request: HttpRequest) -> HttpResponse:
    """Each colleague's number that was not used yet."""
    at = clock.now()
    apps = {row.account_id: row for row in Totp.objects.filter(confirmed_at__isnull=False)}
    people = Staff.objects.filter(account__in=apps, active=True).order_by("name")
    numbers = [_number(one.name, apps[one.account_id], at) for one in people]
    return render(request, "catcher/authenticator.html", {"numbers": numbers})


def _number(name: str, app: Totp, at: datetime) -> Number:
    """The number of this half-minute or, when that was used, the next one, which is taken early (RFC 6238, 5.2)."""
    present = rules.totp_step(at)
    step = max(present, app.last_step + 1)
    good = step <= present + rules.TOTP_LEEWAY_STEPS
    turns = (step + 1 if good else step - 1) * rules.TOTP_STEP_SECONDS
    number = rules.hotp(seals.unseal(app.sealed_key), step) if good else ""
    return Number(name, number, turns - int(at.timestamp()))
