"""Address and password at either door, and a password of one's own in place of a temporary one."""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from opora.desk.kernel.errors import Refused
from opora.desk.people.models import Account
from opora.desk.web.components.caller import network_address
from opora.desk.web.components.doors import DeskRequest, PersonRequest, safe_next
from opora.desk.web.signin import actions
from opora.desk.web.signin.forms import NewPasswordForm, PasswordForm


def ask_password(
    request: DeskRequest, template: str, *, door: str, enter: Callable[[Account], HttpResponse]
) -> HttpResponse:
    """The page that asks for address and password; whoever is right goes on to `enter`."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said, address = form.cleaned_data, network_address(request)
        try:
            account = actions.check_password(said["email"], said["password"], door=door, address=address, at=request.at)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            return enter(account)
    known = {"form": form, "next": safe_next(request, ""), "demo": settings.OPORA_DEMO}
    return render(request, template, known, status=422 if form.errors else 200)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: HttpRequest) -> HttpResponse:
    """A password of one's own, before anything else opens; for those who came in by a temporary one."""
    desk = cast(DeskRequest, request)
    newcomer = desk.newcomer
    if newcomer is None or not newcomer.account.password_is_temporary:
        return redirect("signin:staff")
    form = NewPasswordForm(request.POST or None, has_password=False)
    if request.method == "POST" and form.is_valid():
        mine = cast(PersonRequest, desk)
        try:
            actions.change_password(mine, mine.account, to=form.cleaned_data["new"], by=newcomer.actor, at=desk.at)
        except ValidationError as weak:
            form.add_error("new", weak)
        else:
            return redirect(safe_next(request, "/desk/"))
    known = {"form": form, "next": safe_next(request, "")}
    return render(request, "signin/new_password.html", known, status=422 if form.errors else 200)
