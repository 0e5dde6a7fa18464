"""The desk's addresses: who their letters come from, how letters come to them, and whether they are heard."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from opora.desk.channels.email import boxes, limits, queries
from opora.desk.channels.email.models import Mailbox
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console.administration.deeds import Deed, DeedForm, Done, Page, show


class AddForm(DeedForm):
    """A new address."""

    address = forms.EmailField(label=gettext_lazy("Address"), max_length=254)
    name = forms.CharField(label=gettext_lazy("Name beside the address"), max_length=80)


class WordsForm(DeedForm):
    """What its letters say."""

    name = forms.CharField(label=gettext_lazy("Name beside the address"), max_length=80)
    signature_en = forms.CharField(label=gettext_lazy("Signature in English"), required=False, widget=forms.Textarea)
    signature_ru = forms.CharField(label=gettext_lazy("Signature in Russian"), required=False, widget=forms.Textarea)
    acknowledgement_en = forms.CharField(
        label=gettext_lazy("Acknowledgement in English"),
        required=False,
        widget=forms.Textarea,
        help_text=gettext_lazy("{name}, {number} and {promise} are filled in; empty: the usual words."),
    )
    acknowledgement_ru = forms.CharField(
        label=gettext_lazy("Acknowledgement in Russian"), required=False, widget=forms.Textarea
    )

    def prepare(self, subject: Mailbox) -> None:
        """Begin with what it says now."""
        self.initial = {name: getattr(subject, name) for name in boxes.WORDS}
        for field in self.fields.values():
            field.widget.attrs["rows"] = 3


class ImapForm(DeedForm):
    """How its letters are fetched."""

    host = forms.CharField(label=gettext_lazy("Server"), max_length=253)
    port = forms.IntegerField(label=gettext_lazy("Port"), min_value=1, max_value=65535)
    security = forms.ChoiceField(label=gettext_lazy("Encryption"), choices=Mailbox.Security.choices)
    login = forms.CharField(
        label=gettext_lazy("Sign-in name"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("Empty: the address itself."),
    )
    sign_in = forms.ChoiceField(label=gettext_lazy("Signs in with"), choices=Mailbox.SignIn.choices)
    secret = forms.CharField(
        label=gettext_lazy("Password or refresh token"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Kept encrypted; or name where it is: env:NAME, file:/path. Empty: the one kept stays."),
    )
    client = forms.CharField(label=gettext_lazy("OAuth2: client"), max_length=200, required=False)
    client_secret = forms.CharField(
        label=gettext_lazy("OAuth2: client secret"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    token_address = forms.URLField(
        label=gettext_lazy("OAuth2: token address"),
        required=False,
        assume_scheme="https",
        help_text=gettext_lazy("Empty: that of Microsoft or Google."),
    )
    folder = forms.CharField(label=gettext_lazy("Folder"), max_length=200)
    afterwards = forms.ChoiceField(label=gettext_lazy("After a letter is stored"), choices=Mailbox.Afterwards.choices)
    moved_to = forms.CharField(label=gettext_lazy("Folder to move to"), max_length=200, required=False)
    with_old = forms.BooleanField(label=gettext_lazy("Take the letters that lie there already"), required=False)
    silent_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes of silence before the alarm"), min_value=2, max_value=10_000
    )
    border = forms.CharField(
        label=gettext_lazy("Its server's id in Authentication-Results"),
        max_length=253,
        required=False,
        help_text=gettext_lazy("Such as mx.google.com; empty: no stamp is believed."),
    )

    def prepare(self, subject: Mailbox) -> None:
        """Begin with what is set now; secrets are never shown."""
        self.initial = {name: getattr(subject, name) for name in boxes.ROAD}


class LimitsForm(DeedForm):
    """How much mail an hour may bring, and how long a reply can be taken back."""

    sender = forms.IntegerField(label=gettext_lazy("Letters an hour from one sender"), required=False, min_value=0)
    ticket = forms.IntegerField(label=gettext_lazy("Letters an hour to one ticket"), required=False, min_value=0)
    desk = forms.IntegerField(
        label=gettext_lazy("New tickets an hour by mail, on the whole desk"), required=False, min_value=0
    )
    undo_seconds = forms.IntegerField(
        label=gettext_lazy("Seconds in which a reply can be taken back"), required=False, min_value=0
    )

    def prepare(self, subject: None) -> None:
        """Begin with what is set; an empty field says what holds instead."""
        self.initial = limits.set_by_people()
        for name, field in self.fields.items():
            usual = getattr(limits.of_the_settings(), name)
            field.help_text = _("Empty: %(usual)s, as the program is set. 0: none.") % {"usual": usual}


def _limits(request: StaffRequest, _subject: None, said: dict[str, Any]) -> Done:
    limits.change(by=request.staff.actor, at=request.at, **said)
    return Done(_("The limits hold from now on; what was held back goes on as its hour has room."))


def _add(request: StaffRequest, _subject: None, said: dict[str, Any]) -> Done:
    box = boxes.add_mailbox(**said, by=request.staff.actor, at=request.at)
    return Done(_("The address is added."), reverse("administration:mailbox", args=[box.pk]))


def _words(request: StaffRequest, box: Mailbox, said: dict[str, Any]) -> Done:
    boxes.change_words(box, by=request.staff.actor, at=request.at, **said)
    return Done(_("The words are kept."))


def _imap(request: StaffRequest, box: Mailbox, said: dict[str, Any]) -> Done:
    boxes.fetch_by_imap(box, by=request.staff.actor, at=request.at, **said)
    return Done(_("We fetch its letters from now on; whether the sign-in works stands here within a minute."))


def _server(request: StaffRequest, box: Mailbox, _said: dict[str, Any]) -> Done:
    boxes.take_from_server(box, by=request.staff.actor, at=request.at)
    return Done(_("A mail server hands its letters over from now on."))


def _hook(request: StaffRequest, box: Mailbox, _said: dict[str, Any]) -> Done:
    token = boxes.give_hook(box, by=request.staff.actor, at=request.at)
    site = str(settings.OPORA_SITE_URL).rstrip("/")
    words = _("Post letters to this address. It is shown only now, and whoever has it can hand letters in.")
    return Done(words, secret=site + reverse("api:mail_hook", args=[token]))


def _off(request: StaffRequest, box: Mailbox, _said: dict[str, Any]) -> Done:
    boxes.switch(box, on=False, by=request.staff.actor, at=request.at)
    return Done(_("No letters are taken for this address any more."))


def _on(request: StaffRequest, box: Mailbox, _said: dict[str, Any]) -> Done:
    boxes.switch(box, on=True, by=request.staff.actor, at=request.at)
    return Done(_("Letters are taken for this address again."))


ALL = Page(
    "console/administration/mailboxes.html",
    "mailboxes",
    "settings:edit",
    (
        Deed("add", gettext_lazy("Add an address"), AddForm, _add),
        Deed("limits", gettext_lazy("Set limits and the time to take a reply back"), LimitsForm, _limits),
    ),
)
ONE = Page(
    "console/administration/mailbox.html",
    "mailboxes",
    "settings:edit",
    (
        Deed("words", gettext_lazy("What its letters say"), WordsForm, _words),
        Deed("imap", gettext_lazy("Fetch its letters (IMAP)"), ImapForm, _imap),
        Deed(
            "server",
            gettext_lazy("Let a mail server hand its letters over"),
            DeedForm,
            _server,
            lambda box: box.road == Mailbox.Road.IMAP,
        ),
        Deed("hook", gettext_lazy("Make a new address to post letters to"), DeedForm, _hook),
        Deed("off", gettext_lazy("Take no letters any more"), DeedForm, _off, lambda box: box.active, danger=True),
        Deed("on", gettext_lazy("Take letters again"), DeedForm, _on, lambda box: not box.active),
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("settings:edit")
def mailboxes(request: StaffRequest) -> HttpResponse:
    """All addresses."""
    return show(
        request,
        ALL,
        None,
        lambda: _known(request) | {"boxes": queries.mailboxes(), "limits": _limits_in_force()},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("settings:edit")
def mailbox(request: StaffRequest, number: int) -> HttpResponse:
    """One address. Raises NotHere."""
    box = queries.mailbox(number)
    return show(request, ONE, box, lambda: _known(request) | {"box": box})


def _limits_in_force() -> list[tuple[str, int, bool]]:
    """(what is limited, the figure, whether people have set it) of each."""
    named = LimitsForm(None, subject=None, prefix="limits").fields
    own = limits.set_by_people()
    in_force = limits.in_force()
    return [(str(named[name].label), getattr(in_force, name), own[name] is not None) for name in limits.FIELDS]


def _known(request: StaffRequest) -> dict[str, Any]:
    silent = {alarm.about for alarm in queries.alarms(at=request.at) if alarm.kind == "silent"}
    return {"main": settings.OPORA_MAIL_ADDRESS, "main_name": settings.OPORA_MAIL_NAME, "silent": silent}
