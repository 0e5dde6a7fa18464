"""Colleagues come in: password first, then the second step by app, recovery code or passkey."""

from datetime import timedelta
from typing import cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from opora.desk.kernel.errors import Refused
from opora.desk.people.models import Account
from opora.desk.people.queries import staff_behind
from opora.desk.web.components.caller import network_address
from opora.desk.web.components.doors import STAFF_DOOR, DeskRequest, safe_next
from opora.desk.web.signin import actions, passkeys
from opora.desk.web.signin.forms import NumberForm
from opora.desk.web.signin.models import Passkey
from opora.desk.web.signin.pages.asking import Half, answer_of, begin_half, half_of, options_answer, place_of
from opora.desk.web.signin.pages.passwords import ask_password
from opora.desk.web.signin.queries import actor_of, factors_of, second_factor_required

HOME = "/desk/"
SECOND_STEP_LASTS = timedelta(minutes=10)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The first step: address and password."""
    desk = cast(DeskRequest, request)
    if desk.staff is not None:
        return redirect(safe_next(request, HOME))
    return ask_password(desk, "signin/staff.html", door=STAFF_DOOR, enter=lambda account: _go_on(desk, account))


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """The second step: a number, a recovery code or a passkey."""
    desk = cast(DeskRequest, request)
    half = _half(desk)
    if half is None:
        return redirect("signin:staff")
    form = NumberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            way = actions.use_number(
                half.account,
                typed=form.cleaned_data["code"],
                address=network_address(request),
                by=actor_of(half.account),
                at=desk.at,
            )
        except Refused as refusal:
            form.add_error("code", refusal.message)
        else:
            return _enter(desk, half.account, way=f"password+{way}", next_page=half.next_page)
    known = {"form": form, "factors": factors_of(half.account)}
    return render(request, "signin/second_step.html", known, status=422 if form.errors else 200)


@never_cache
@require_POST
def passkey_options(request: HttpRequest) -> HttpResponse:
    """What the browser needs to use one of the person's passkeys."""
    half = _half(cast(DeskRequest, request))
    if half is None:
        return HttpResponse(status=401)
    known = [bytes(row.credential) for row in Passkey.objects.filter(account=half.account)]
    options, state = passkeys.begin_using(place_of(request), known)
    request.session["passkey_state"] = state
    return options_answer(options)


@never_cache
@require_POST
def passkey_answer(request: HttpRequest) -> HttpResponse:
    """The browser's answer; JSON with the next page, or with the refusal."""
    desk = cast(DeskRequest, request)
    half = _half(desk)
    if half is None:
        return HttpResponse(status=401)
    try:
        actions.use_passkey(
            half.account,
            place=place_of(request),
            state=request.session.pop("passkey_state", None),
            answer=answer_of(request),
            address=network_address(request),
            at=desk.at,
        )
    except Refused as refusal:
        return options_answer({"message": refusal.message}, status=422)
    _enter(desk, half.account, way="password+passkey", next_page=half.next_page)
    return options_answer({"next": half.next_page or HOME})


def _go_on(request: DeskRequest, account: Account) -> HttpResponse:
    next_page = safe_next(request, HOME)
    if factors_of(account):
        begin_half(request, account, next_page)
        return redirect("signin:second_step")
    return _enter(request, account, way="password", next_page=next_page, newcomer=second_factor_required())


def _enter(
    request: DeskRequest, account: Account, *, way: str, next_page: str, newcomer: bool = False
) -> HttpResponseRedirect:
    actions.enter(request, account, by=actor_of(account), door=STAFF_DOOR, way=way, at=request.at, newcomer=newcomer)
    return HttpResponseRedirect(resolve_url("signin:second_factor") if newcomer else next_page or HOME)


def _half(request: DeskRequest) -> Half | None:
    half = half_of(request, SECOND_STEP_LASTS)
    if half is None or staff_behind(half.account.pk) is None:
        return None
    return half
