"""What a person keeps about itself: how it likes to read, its password, its sessions. The same page for both sides."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from opora.desk.kernel.errors import Refused
from opora.desk.people import actions as people
from opora.desk.people.models import Account
from opora.desk.web.components.caller import network_address
from opora.desk.web.components.doors import PersonRequest, for_signed_in
from opora.desk.web.signin import actions
from opora.desk.web.signin.forms import NewPasswordForm, ProofForm, TasteForm
from opora.desk.web.signin.queries import actor_of, factors_of, session_mark, sessions_of


@for_signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: PersonRequest) -> HttpResponse:
    """Language, zone, theme, shortcuts; beside them password, second factor and sessions."""
    form = TasteForm(request.POST or None, initial=_tastes(request.account))
    if request.method == "POST" and form.is_valid():
        people.prefer(request.account, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("signin:profile")
    return _page(request, taste=form, status=422 if form.errors else 200)


@sensitive_post_parameters()
@for_signed_in
@require_POST
def password(request: PersonRequest) -> HttpResponse:
    """Another password, or the first one."""
    account = request.account
    form = NewPasswordForm(request.POST, has_password=account.has_usable_password())
    if form.is_valid() and _present_is_right(request, form):
        try:
            actions.change_password(request, account, to=form.cleaned_data["new"], by=actor_of(account), at=request.at)
        except ValidationError as weak:
            form.add_error("new", weak)
        else:
            messages.success(request, _("The password is changed. Your other sessions have ended."))
            return redirect("signin:profile")
    return _page(request, password=form, status=422)


@for_signed_in
@require_POST
def end_session(request: PersonRequest) -> HttpResponse:
    """End one session of one's own, or all others."""
    by = actor_of(request.account)
    if request.POST.get("which") == "others":
        count = actions.end_other_sessions(request, request.account, by=by, at=request.at)
        messages.success(
            request, ngettext("%(count)d session ended.", "%(count)d sessions ended.", count) % {"count": count}
        )
    else:
        actions.end_session(request.account, mark=request.POST.get("mark", ""), by=by, at=request.at)
        messages.success(request, _("The session has ended."))
    return redirect("signin:profile")


def proved(request: PersonRequest, form: ProofForm, field: str = "password") -> bool:
    """True when the password typed is the person's own; wrong ones count as guesses."""
    return _check(request, form, field)


def _present_is_right(request: PersonRequest, form: NewPasswordForm) -> bool:
    return "present" not in form.fields or _check(request, form, "present")


def _check(request: PersonRequest, form: ProofForm | NewPasswordForm, field: str) -> bool:
    name, address = request.account.email, network_address(request)
    try:
        actions.count_try(name, address, at=request.at)
    except Refused as refusal:
        form.add_error(field, refusal.message)
        return False
    if not request.account.check_password(form.cleaned_data[field]):
        actions.announce_lock(name, address, at=request.at, account=request.account)
        form.add_error(field, _("This is not your password."))
        return False
    actions.forgive(name, address)
    return True


def _page(
    request: PersonRequest,
    *,
    taste: TasteForm | None = None,
    password: NewPasswordForm | None = None,
    status: int = 200,
) -> HttpResponse:
    account = request.account
    known = {
        "taste": taste or TasteForm(initial=_tastes(account)),
        "password": password or NewPasswordForm(has_password=account.has_usable_password()),
        "factors": factors_of(account) if request.staff else None,
        "sessions": [
            {"row": row, "mark": session_mark(row), "this": row.pk == request.session.session_key}
            for row in sessions_of(account)
        ],
        "person": request.staff or request.contact,
    }
    return render(cast(HttpRequest, request), "signin/profile.html", known, status=status)


def _tastes(account: Account) -> dict[str, object]:
    return {name: getattr(account, name) for name in ("language", "zone", "theme", "shortcuts")}
