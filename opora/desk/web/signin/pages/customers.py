"""Customers come in: a code sent to their address, or a password when they have set one. Nobody learns who is known."""

from datetime import timedelta
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from opora.desk.customers.models import Contact
from opora.desk.customers.queries import contact_behind
from opora.desk.kernel.errors import Refused
from opora.desk.people.models import Account
from opora.desk.web.components.caller import network_address
from opora.desk.web.components.doors import CONTACT_DOOR, DeskRequest, safe_next
from opora.desk.web.signin import actions, rules
from opora.desk.web.signin.forms import AddressForm, CodeForm
from opora.desk.web.signin.pages.passwords import ask_password
from opora.desk.web.signin.queries import actor_of

HOME = "/"
SENT_KEY = "code_sent"
CODE_MINUTES = int(rules.CODE_LIVES / timedelta(minutes=1))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The first step: the address the code goes to."""
    desk = cast(DeskRequest, request)
    if desk.contact is not None:
        return redirect(safe_next(request, HOME))
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            code = actions.ask_for_code(form.cleaned_data["email"], address=network_address(request), at=desk.at)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            request.session[SENT_KEY] = {"code": code.pk, "email": code.email, "next": safe_next(request, HOME)}
            return redirect("signin:code")
    known = {"form": form, "next": safe_next(request, ""), "demo": settings.OPORA_DEMO}
    return render(request, "signin/customer.html", known, status=422 if form.errors else 200)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The second step: the code from the letter, in the browser that asked for it."""
    desk = cast(DeskRequest, request)
    sent = request.session.get(SENT_KEY)
    if not sent:
        return redirect("signin:customer")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            contact = actions.accept_code(
                sent["code"], form.cleaned_data["code"], address=network_address(request), at=desk.at
            )
        except Refused as refusal:
            form.add_error("code", refusal.message)
        else:
            return _enter(desk, contact, way="code", next_page=sent["next"])
    known = {"form": form, "email": sent["email"], "minutes": CODE_MINUTES}
    return render(request, "signin/code.html", known, status=422 if form.errors else 200)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Address and password, for those who have set one."""
    desk = cast(DeskRequest, request)
    if desk.contact is not None:
        return redirect(safe_next(request, HOME))

    def let_in(account: Account) -> HttpResponse:
        contact = contact_behind(account.pk)
        if contact is None:
            return redirect("signin:password")
        return _enter(desk, contact, way="password", next_page=safe_next(request, HOME))

    return ask_password(desk, "signin/password.html", door=CONTACT_DOOR, enter=let_in)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session, whoever's it is."""
    desk = cast(DeskRequest, request)
    to_desk = desk.staff is not None or desk.newcomer is not None
    if desk.account is not None:
        actions.sign_out(request, desk.account, by=actor_of(desk.account), at=desk.at)
    return redirect("signin:staff" if to_desk else "signin:customer")


def _enter(request: DeskRequest, contact: Contact, *, way: str, next_page: str) -> HttpResponse:
    account = cast(Account, contact.account)
    actions.enter(request, account, by=contact.actor, door=CONTACT_DOOR, way=way, at=request.at)
    return redirect(next_page or HOME)
