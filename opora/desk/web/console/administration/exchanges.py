"""Telephone exchanges: how they reach us and we them, who sits where, and what the contact centre promises."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from opora.desk.channels.phone import actions, errands, queries
from opora.desk.channels.phone.models import Connection, Extension
from opora.desk.channels.phone.parsing import CALLING, PRESETS
from opora.desk.people.models import Staff
from opora.desk.sla.models import WorkingCalendar
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console.administration.deeds import Deed, DeedForm, Done, Page, show

SECRET_HELP = gettext_lazy("Named, not kept: env:NAME or file:/path. Only kinds that sign or send a token need one.")


class ConnectForm(DeedForm):
    """A new exchange."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    preset = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=[(code, preset.title) for code, preset in PRESETS.items()]
    )
    region = forms.RegexField(
        label=gettext_lazy("Region of numbers without a prefix"), regex=r"^[A-Z]{2}$", initial="RU", max_length=2
    )
    secret = forms.CharField(label=gettext_lazy("Its secret"), max_length=500, required=False, help_text=SECRET_HELP)


class SetUpForm(DeedForm):
    """What it is called, and its secret."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    region = forms.RegexField(
        label=gettext_lazy("Region of numbers without a prefix"), regex=r"^[A-Z]{2}$", max_length=2
    )
    secret = forms.CharField(label=gettext_lazy("Its secret"), max_length=500, required=False, help_text=SECRET_HELP)

    def prepare(self, subject: Connection) -> None:
        """Begin with what is set now."""
        self.initial = {name: getattr(subject, name) for name in ("name", "region", "secret")}


class PromiseForm(DeedForm):
    """The contact centre's own promises."""

    answer_within = forms.IntegerField(
        label=gettext_lazy("Answer a call within so many seconds"), min_value=1, max_value=3600
    )
    call_back_within = forms.IntegerField(
        label=gettext_lazy("Call back within so many minutes"), min_value=1, max_value=10_000
    )
    recordings_days = forms.IntegerField(
        label=gettext_lazy("Forget recordings after so many days"), min_value=1, max_value=3650
    )
    calendar: "forms.ModelChoiceField[WorkingCalendar]" = forms.ModelChoiceField(
        label=gettext_lazy("Hours of the contact centre"),
        queryset=WorkingCalendar.objects.all(),
        required=False,
        empty_label=gettext_lazy("the house's first calendar"),
    )

    def prepare(self, subject: Connection) -> None:
        """Begin with what is promised now."""
        self.initial = {
            "answer_within": subject.answer_within,
            "call_back_within": max(1, subject.call_back_within // 60),
            "recordings_days": subject.recordings_days,
            "calendar": subject.calendar_id,
        }


class SeatForm(DeedForm):
    """Who sits at an extension."""

    extension = forms.CharField(label=gettext_lazy("Extension or login"), max_length=80)
    staff: "forms.ModelChoiceField[Staff]" = forms.ModelChoiceField(
        label=gettext_lazy("Colleague"), queryset=Staff.objects.filter(active=True).order_by("name")
    )


class UnseatForm(DeedForm):
    """Who no longer sits there."""

    seat: "forms.ModelChoiceField[Extension]" = forms.ModelChoiceField(
        label=gettext_lazy("Extension"), queryset=Extension.objects.none()
    )

    def prepare(self, subject: Connection) -> None:
        """Only this exchange's seats."""
        self.fields["seat"].queryset = subject.extensions.order_by("name")  # type: ignore[attr-defined]


class ReachForm(DeedForm):
    """Where we reach it ourselves."""

    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("ami://host:5038 or amis://host:5039 of an Asterisk, https:// of a cloud exchange."),
    )
    login = forms.CharField(label=gettext_lazy("Sign-in name"), max_length=200, required=False)
    password = forms.CharField(
        label=gettext_lazy("Password or key"),
        max_length=500,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Kept encrypted. Empty: the one kept stays."),
    )
    context = forms.CharField(label=gettext_lazy("Asterisk: context"), max_length=80, required=False)
    channel = forms.CharField(label=gettext_lazy("Asterisk: how a telephone is dialled"), max_length=80, required=False)

    def prepare(self, subject: Connection) -> None:
        """Begin with what is set now; the password is never shown."""
        self.initial = {name: getattr(subject, name) for name in ("address", "login", "context", "channel")}


def _connect(request: StaffRequest, _subject: None, said: dict[str, Any]) -> Done:
    _made, token = actions.connect(**said, by=request.staff, at=request.at)
    words = _(
        "Let the exchange send its requests to this address. It is shown only now; whoever has it can speak for it."
    )
    return Done(words, secret=_hook(token))


def _set_up(request: StaffRequest, row: Connection, said: dict[str, Any]) -> Done:
    actions.set_up(row, **said, by=request.staff, at=request.at)
    return Done(_("Kept."))


def _promise(request: StaffRequest, row: Connection, said: dict[str, Any]) -> Done:
    said = said | {"call_back_within": said["call_back_within"] * 60}
    actions.promise(row, **said, by=request.staff, at=request.at)
    return Done(_("From the next call on this is promised."))


def _seat(_request: StaffRequest, row: Connection, said: dict[str, Any]) -> Done:
    actions.seat(row, **said)
    return Done(_("%(name)s sits at %(extension)s.") % {"name": said["staff"].name, "extension": said["extension"]})


def _unseat(_request: StaffRequest, _row: Connection, said: dict[str, Any]) -> Done:
    actions.unseat(said["seat"])
    return Done(_("Nobody sits there any more."))


def _reach(request: StaffRequest, row: Connection, said: dict[str, Any]) -> Done:
    errands.reach(row, **said, by=request.staff, at=request.at)
    return Done(_("Kept. Whether it can be reached stands here within a minute."))


def _address(request: StaffRequest, row: Connection, _said: dict[str, Any]) -> Done:
    token = actions.give_new_address(row, by=request.staff, at=request.at)
    return Done(_("The old address is shut. This one is shown only now."), secret=_hook(token))


def _off(request: StaffRequest, row: Connection, _said: dict[str, Any]) -> Done:
    actions.switch(row, on=False, by=request.staff, at=request.at)
    return Done(_("It is no longer believed; its calls stay."))


def _on(request: StaffRequest, row: Connection, _said: dict[str, Any]) -> Done:
    actions.switch(row, on=True, by=request.staff, at=request.at)
    return Done(_("It is believed again."))


ALL = Page(
    "console/administration/exchanges.html",
    "exchanges",
    "settings:edit",
    (Deed("connect", gettext_lazy("Connect an exchange"), ConnectForm, _connect),),
)
ONE = Page(
    "console/administration/exchange.html",
    "exchanges",
    "settings:edit",
    (
        Deed("seat", gettext_lazy("Seat a colleague"), SeatForm, _seat),
        Deed("unseat", gettext_lazy("Free an extension"), UnseatForm, _unseat, lambda row: row.extensions.exists()),
        Deed("promise", gettext_lazy("What the contact centre promises"), PromiseForm, _promise),
        Deed(
            "reach",
            gettext_lazy("How we reach it, to call by click"),
            ReachForm,
            _reach,
            lambda row: row.preset == "asterisk" or row.preset in CALLING,
        ),
        Deed("set_up", gettext_lazy("Name, region, secret"), SetUpForm, _set_up),
        Deed("address", gettext_lazy("Make a new address for its requests"), DeedForm, _address, danger=True),
        Deed("off", gettext_lazy("Believe it no more"), DeedForm, _off, lambda row: row.active, danger=True),
        Deed("on", gettext_lazy("Believe it again"), DeedForm, _on, lambda row: not row.active),
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("settings:edit")
def exchanges(request: StaffRequest) -> HttpResponse:
    """All exchanges."""
    return show(request, ALL, None, lambda: {"exchanges": queries.exchanges()})


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("settings:edit")
def exchange(request: StaffRequest, number: int) -> HttpResponse:
    """One exchange. Raises NotHere."""
    return show(request, ONE, queries.exchange(number), lambda: {"one": queries.exchange(number)})


def _hook(token: str) -> str:
    return str(settings.OPORA_SITE_URL).rstrip("/") + reverse("api:cti", args=[token])
