"""What people type to come in and about themselves. Only reads and checks; actions change."""

import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from opora.desk.web.signin.models import Scope

EMAIL = {"autocomplete": "username", "autofocus": True, "inputmode": "email"}
NUMBER = {"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false", "autocapitalize": "none"}


class PasswordForm(forms.Form):
    """An address and a password."""

    email = forms.CharField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs=EMAIL))
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class AddressForm(forms.Form):
    """An address alone."""

    email = forms.EmailField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs=EMAIL))


class CodeForm(forms.Form):
    """The code from the letter."""

    code = forms.CharField(
        label=_("Code from the letter"),
        max_length=20,
        widget=forms.TextInput(attrs={**NUMBER, "inputmode": "numeric", "class": "code-input"}),
    )


class NumberForm(forms.Form):
    """A number of the authenticator app, or a recovery code."""

    code = forms.CharField(
        label=_("Number from the app, or a recovery code"),
        max_length=40,
        widget=forms.TextInput(attrs={**NUMBER, "class": "code-input"}),
    )


class SetUpForm(forms.Form):
    """The first number of an app that is being set up."""

    code = forms.CharField(
        label=_("Number the app shows"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code-input"}),
    )


class ProofForm(forms.Form):
    """The password once more, before something that opens or closes a door."""

    password = forms.CharField(
        label=_("Your password, to be sure it is you"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class NewPasswordForm(forms.Form):
    """A new password; the present one too when there is one."""

    present = forms.CharField(
        label=_("Present password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=_("New password"),
        help_text=_("At least 10 characters. A few unusual words are best."),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, has_password: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_password:
            del self.fields["present"]


def zones() -> list[tuple[str, str]]:
    """Every zone of the tz database that is named after a place, and UTC."""
    places = (
        "Africa/",
        "America/",
        "Antarctica/",
        "Arctic/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    )
    names = sorted(name for name in zoneinfo.available_timezones() if name.startswith(places))
    return [(name, name.replace("_", " ")) for name in ["UTC", *names]]


class TasteForm(forms.Form):
    """How a person likes to read."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    zone = forms.ChoiceField(label=_("Time zone"), choices=zones, help_text=_("All times are shown in it."))
    theme = forms.ChoiceField(
        label=_("Theme"), choices=[("system", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))]
    )
    shortcuts = forms.BooleanField(label=_("Keyboard shortcuts"), required=False)


class TokenForm(forms.Form):
    """A new API key."""

    name = forms.CharField(label=_("What will use it"), max_length=80)
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, scopes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["scopes"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [(value, label) for value, label in Scope.choices if value in scopes]
