"""A colleague's own SSH keys, by which the gateway knows who comes."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from opora.desk.kernel.errors import Refused
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import rail
from opora.desk.workroom import actions, queries


class KeyForm(forms.Form):
    """One line of a .pub file."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80, required=False)
    pasted = forms.CharField(
        label=gettext_lazy("Public key"),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "mono"}),
        max_length=4000,
        help_text=gettext_lazy(
            "The one line of the .pub file, such as ssh-ed25519 AAAA… you@laptop. Security keys work too."
        ),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more | {"label_suffix": ""})


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("customers:touch")
def keys(request: StaffRequest) -> HttpResponse:
    """One's own keys; a POST registers one more."""
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_key(
                by=request.staff, name=form.cleaned_data["name"], pasted=form.cleaned_data["pasted"], at=request.at
            )
        except Refused as refused:
            form.add_error("pasted", refused.message)
        else:
            messages.success(request, _("The key is registered. The gateway knows you by it from now on."))
            return HttpResponseRedirect(reverse("work:keys"))
    context = rail.uncounted(request) | {"form": form, "keys": queries.keys_of(request.staff)}
    return render(request, "console/work/keys.html", context, status=422 if form.errors else 200)


@require_POST
@for_staff("customers:touch")
def revoke(request: StaffRequest, number: int) -> HttpResponse:
    """The key opens nothing from now on."""
    actions.revoke_key(number, by=request.staff, at=request.at)
    messages.success(request, _("The key is revoked."))
    return HttpResponseRedirect(reverse("work:keys"))
