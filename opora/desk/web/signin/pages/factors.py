"""A colleague's second factors: set up an app or a passkey, remove one, print recovery codes."""

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from opora.desk.kernel.errors import Refused
from opora.desk.people.models import Staff
from opora.desk.web.components.doors import NEWCOMER_KEY, DeskRequest, PersonRequest
from opora.desk.web.signin import actions, passkeys, qr
from opora.desk.web.signin.forms import ProofForm, SetUpForm
from opora.desk.web.signin.models import Passkey
from opora.desk.web.signin.pages.asking import answer_of, options_answer, place_of
from opora.desk.web.signin.pages.profile import proved
from opora.desk.web.signin.queries import factors_of

CODES_KEY = "recovery_codes_once"


def for_colleague(view: Callable[[PersonRequest, Staff], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Lets in colleagues, those too who come for the first time and have no second factor yet; a temporary password
    must be changed before."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        desk = cast(DeskRequest, request)
        staff = desk.staff or desk.newcomer
        if staff is None:
            return redirect("signin:staff")
        if staff.account.password_is_temporary:
            return redirect("signin:new_password")
        return view(cast(PersonRequest, desk), staff)

    return guarded


@never_cache
@for_colleague
def second_factor(request: PersonRequest, staff: Staff) -> HttpResponse:
    """What is set up, and what can be."""
    return _page(request, staff)


@sensitive_post_parameters()
@never_cache
@for_colleague
@require_http_methods(["GET", "HEAD", "POST"])
def set_up_app(request: PersonRequest, staff: Staff) -> HttpResponse:
    """The key as a picture and as letters; the first number confirms it."""
    account = staff.account
    key = actions.begin_totp(account, at=request.at)
    form = SetUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.confirm_totp(account, number=form.cleaned_data["code"], by=staff.actor, at=request.at)
        except Refused as refusal:
            form.add_error("code", refusal.message)
        else:
            return _factor_added(request, staff)
    address = qr.totp_address(key, account.email)
    known = {"form": form, "picture": qr.picture(address), "letters": qr.letters(key)}
    return render(request, "signin/set_up_app.html", known, status=422 if form.errors else 200)


@never_cache
@for_colleague
@require_POST
def passkey_options(request: PersonRequest, staff: Staff) -> HttpResponse:
    """What the browser needs to make a passkey."""
    known = [bytes(row.credential) for row in Passkey.objects.filter(account=staff.account)]
    options, state = passkeys.begin_making(
        place_of(request), account_id=staff.account.pk, email=staff.account.email, name=staff.name, known=known
    )
    request.session["passkey_state"] = state
    return options_answer(options)


@never_cache
@for_colleague
@require_POST
def passkey_answer(request: PersonRequest, staff: Staff) -> HttpResponse:
    """The passkey the browser made; JSON with the next page, or with the refusal."""
    try:
        answer = answer_of(request)
        name = str(answer.pop("name", ""))
        actions.add_passkey(
            staff.account,
            name=name,
            place=place_of(request),
            state=request.session.pop("passkey_state", None),
            answer=answer,
            by=staff.actor,
            at=request.at,
        )
    except Refused as refusal:
        return options_answer({"message": refusal.message}, status=422)
    return options_answer({"next": _factor_added(request, staff).headers["Location"]})


@sensitive_post_parameters()
@for_colleague
@require_POST
def remove(request: PersonRequest, staff: Staff) -> HttpResponse:
    """Remove the app or one passkey; the password is asked for, and the last one stays while it is required."""
    form = ProofForm(request.POST)
    if not (form.is_valid() and proved(request, form)):
        return _page(request, staff, proof=form, status=422)
    which = request.POST.get("which", "")
    if which == "app":
        actions.remove_totp(staff.account, by=staff.actor, at=request.at)
    else:
        actions.remove_passkey(staff.account, key=int(which) if which.isdecimal() else 0, by=staff.actor, at=request.at)
    messages.success(request, _("Removed."))
    return redirect("signin:second_factor")


@sensitive_post_parameters()
@never_cache
@for_colleague
@require_POST
def recovery_codes(request: PersonRequest, staff: Staff) -> HttpResponse:
    """Ten new recovery codes, shown this once."""
    form = ProofForm(request.POST)
    if not (form.is_valid() and proved(request, form)):
        return _page(request, staff, proof=form, status=422)
    codes = actions.make_recovery_codes(staff.account, by=staff.actor, at=request.at)
    return render(request, "signin/recovery_codes.html", {"codes": codes})


def _factor_added(request: PersonRequest, staff: Staff) -> HttpResponse:
    request.session.pop(NEWCOMER_KEY, None)
    messages.success(request, _("Your second factor is set up."))
    if factors_of(staff.account).recovery_codes_left == 0:
        messages.info(request, _("Make recovery codes now, for the day your phone is lost."))
    return redirect("signin:second_factor")


def _page(request: PersonRequest, staff: Staff, *, proof: ProofForm | None = None, status: int = 200) -> HttpResponse:
    known = {
        "factors": factors_of(staff.account),
        "proof": proof or ProofForm(),
        "newcomer": request.newcomer is not None,
        "can_use_passkeys": not place_of(request).host.replace(".", "").isdecimal(),
    }
    return render(request, "signin/second_factor.html", known, status=status)
