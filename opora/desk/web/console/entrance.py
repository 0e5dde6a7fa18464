"""Who may come into the console: colleagues only. A stranger is sent to sign in, a customer finds nothing here."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.http import urlencode

from opora.desk.kernel.errors import NotHere
from opora.desk.people.models import Staff
from opora.desk.people.queries import staff_of_account

SIGN_IN = "/desk/sign-in/"


class StaffRequest(HttpRequest):
    """A request of a colleague, with the moment it came."""

    staff: Staff
    at: Any
    reader: Any


def for_staff[**More](
    view: Callable[Concatenate[StaffRequest, More], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, More], HttpResponseBase]:
    """The view with `request.staff` set; strangers go to the sign-in page, others are told there is nothing here."""

    @wraps(view)
    def entered(request: HttpRequest, /, *args: More.args, **kwargs: More.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            asked = request.get_full_path() if request.method == "GET" else "/desk/"
            return HttpResponseRedirect(f"{SIGN_IN}?{urlencode({'next': asked})}")
        staff = staff_of_account(request.user)
        if staff is None:
            raise NotHere
        request.staff = staff  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)  # type: ignore[arg-type]

    return entered
