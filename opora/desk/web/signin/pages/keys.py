"""A person's API keys: make one (shown once), see when each was used, revoke."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from opora.desk.kernel.errors import Refused
from opora.desk.web.components.doors import PersonRequest, for_signed_in
from opora.desk.web.signin import actions
from opora.desk.web.signin.forms import TokenForm
from opora.desk.web.signin.models import Scope
from opora.desk.web.signin.queries import actor_of, tokens_of


@never_cache
@for_signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: PersonRequest) -> HttpResponse:
    """The person's keys; a POST makes one and shows it."""
    form = TokenForm(request.POST or None, scopes=_scopes(request))
    secret = ""
    if request.method == "POST" and form.is_valid():
        try:
            _row, secret = actions.make_token(
                request.account,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                by=actor_of(request.account),
                at=request.at,
            )
            form = TokenForm(scopes=_scopes(request))
        except Refused as refusal:
            form.add_error(None, refusal.message)
    known = {"form": form, "secret": secret, "tokens": tokens_of(request.account), "labels": dict(Scope.choices)}
    return render(cast(HttpRequest, request), "signin/keys.html", known, status=422 if form.errors else 200)


@for_signed_in
@require_POST
def revoke(request: PersonRequest, key: int) -> HttpResponse:
    """The key opens nothing from now on."""
    actions.revoke_token(request.account, key=key, by=actor_of(request.account), at=request.at)
    messages.success(request, _("The key is revoked."))
    return redirect("signin:keys")


def _scopes(request: PersonRequest) -> list[str]:
    if request.staff is not None:
        return list(Scope.values)
    return [Scope.TICKETS_READ, Scope.TICKETS_WRITE]
