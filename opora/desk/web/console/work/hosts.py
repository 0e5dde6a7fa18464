"""How a customer's system is reached: its hosts with their pinned keys, and the lines the customer pastes."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from opora.desk.customers.models import System
from opora.desk.kernel.errors import NotHere
from opora.desk.web.components import roads
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console.administration.deeds import Deed, DeedForm, Done, Page, show
from opora.desk.workroom import actions, queries, rules
from opora.desk.workroom.models import HostEntry


class HostForm(DeedForm):
    """A way to the system."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=60,
        help_text=gettext_lazy("Small letters, digits and hyphens; engineers type it: ssh T-1042.web1@…"),
    )
    address = forms.CharField(label=gettext_lazy("Host name or address"), max_length=253)
    port = forms.IntegerField(label=gettext_lazy("Port"), min_value=1, max_value=65535, initial=22)
    login = forms.CharField(label=gettext_lazy("Ordinary login"), max_length=64, initial="opora")
    superuser_login = forms.CharField(label=gettext_lazy("Login with full rights"), max_length=64, initial="root")
    road = forms.ChoiceField(
        label=gettext_lazy("How the gateway comes in"),
        choices=HostEntry.Road.choices,
        initial=HostEntry.Road.CERTIFICATE,
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "Through a tunnel the address is the one seen from where the customer starts it: localhost on the host itself."
        ),
    )
    host_keys = forms.CharField(
        label=gettext_lazy("Keys of the host"),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "mono"}),
        max_length=12_000,
        help_text=gettext_lazy(
            "One a line. On the host: cat /etc/ssh/ssh_host_*_key.pub. Nothing is learnt on the way."
        ),
    )

    def prepare(self, subject: Any) -> None:
        """Suggest what the system is called and where it is."""
        self.fields["name"].initial = "".join(
            letter for letter in subject.name.lower() if letter.isalnum() or letter == "-"
        )
        self.fields["address"].initial = next(iter(subject.addresses), "")


class RetireForm(DeedForm):
    """Which entry holds no more."""

    host: "forms.ModelChoiceField[HostEntry]" = forms.ModelChoiceField(
        label=gettext_lazy("Host"), queryset=HostEntry.objects.none()
    )

    def prepare(self, subject: Any) -> None:
        """Only what holds now."""
        field = self.fields["host"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = subject.host_entries.filter(retired_at=None).order_by("name")


def _enter(request: StaffRequest, system: System, said: dict[str, Any]) -> Done:
    words = said | {"host_keys": said["host_keys"].splitlines()}
    actions.enter_host(system, **words, by=request.staff, at=request.at)
    return Done(_("Entered. Windows agreed from now on lead there."))


def _retire(request: StaffRequest, _system: System, said: dict[str, Any]) -> Done:
    actions.retire_host(said["host"], by=request.staff, at=request.at)
    return Done(_("Retired. Windows about it let nobody in any more."))


HOSTS = Page(
    "console/work/hosts.html",
    "customers",
    "customers:touch",
    (
        Deed("host", gettext_lazy("Enter a host, or change one"), HostForm, _enter),
        Deed(
            "retire",
            gettext_lazy("Retire a host"),
            RetireForm,
            _retire,
            lambda one: one.host_entries.filter(retired_at=None).exists(),
            danger=True,
        ),
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("tickets:read")
def hosts(request: StaffRequest, organisation: int, system: int) -> HttpResponse:
    """The page. Raises NotHere."""
    row = System.objects.select_related("organisation").filter(pk=system, organisation=organisation).first()
    if row is None:
        raise NotHere
    return show(request, HOSTS, row, lambda: _known(row))


def _known(system: System) -> dict[str, Any]:
    entries = queries.hosts_of_system(system)
    return {
        "hosts": [(one, [rules.read_public_key(key) for key in one.host_keys]) for one in entries],
        "set_ups": roads.set_ups(one for one in entries if one.retired_at is None),
    }
