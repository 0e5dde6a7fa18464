"""What people fill in. Forms only read and check the shape; rules stand in the rooms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from opora.desk.catalogue.models import Service
from opora.desk.customers.models import Contact, ContactRole, ContractVersion, System
from opora.desk.sla.queries import calendar_of
from opora.desk.tickets import definitions, rules
from opora.desk.web.portal.plain import answer_within

type Choices = list[tuple[Any, Any]]


class AnswerForm(forms.Form):
    """Words of the customer's; may be empty when a file comes along."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Your answer"),
        required=False,
        max_length=rules.LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4, "data-answer": ""}),
    )


class NewRequestForm(forms.Form):
    """A new request: what it is about, what sort of thing, how bad, in the person's own words."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=_("What do you need?"), choices=[(code, words[0]) for code, words in definitions.KINDS.items()]
    )
    about = forms.ChoiceField(
        label=_("What is it about?"),
        required=False,
        help_text=_("If you are not sure, leave it: we find out."),
    )
    subject = forms.CharField(
        label=_("In a few words"),
        max_length=rules.LONGEST_SUBJECT,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("For example: The shop does not open since 9 o’clock"),
        error_messages={"required": _("Say in a few words what it is about.")},
    )
    text = forms.CharField(
        label=_("What happened, and what did you expect?"),
        max_length=rules.LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=_("Since when, for whom, what you tried, and the words of the error if there are any."),
        error_messages={"required": _("Describe it in a sentence or two.")},
    )
    priority = forms.ChoiceField(
        label=_("How bad is it?"), choices=[(code, words[0]) for code, words in definitions.PRIORITIES.items()]
    )
    copy_to = forms.MultipleChoiceField(
        label=_("Who else should read along?"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self,
        *args: Any,
        systems: Sequence[System],
        services: Sequence[Service],
        colleagues: Sequence[Contact],
        **more: Any,
    ) -> None:
        super().__init__(*args, **{"label_suffix": "", **more})
        self.systems = {f"system-{system.pk}": system for system in systems}
        self.services = {f"service-{service.pk}": service for service in services}
        self.colleagues = {str(person.pk): person for person in colleagues}
        self._field("about").choices = self._about()
        self._field("about").widget.attrs |= {
            "hx-get": reverse("portal:priorities"),
            "hx-trigger": "change",
            "hx-target": "#priorities",
            "hx-swap": "outerHTML",
            "hx-include": "[name=priority]:checked",
        }
        self._field("copy_to").choices = [(key, person.name) for key, person in self.colleagues.items()]

    def _field(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field

    def _about(self) -> Choices:
        choices: Choices = [("", _("I am not sure"))]
        if self.systems:
            named = [(key, f"{system.name} · {system.service}") for key, system in self.systems.items()]
            choices.append((_("Your systems"), named))
        shelves: dict[str, Choices] = {}
        for key, service in self.services.items():
            shelves.setdefault(str(service.group), []).append((key, str(service)))
        return [*choices, *shelves.items()]

    @property
    def system(self) -> System | None:
        """The chosen system."""
        return self.systems.get(self.cleaned_data["about"])

    @property
    def service(self) -> Service | None:
        """The chosen service, when no system was chosen."""
        return self.services.get(self.cleaned_data["about"])

    @property
    def service_number(self) -> int | None:
        """The service that is chosen as the form stands, whether itself or by its system."""
        about = str(self["about"].value() or "")
        if about in self.systems:
            return self.systems[about].service_id
        return self.services[about].pk if about in self.services else None

    @property
    def in_copy(self) -> list[Contact]:
        """The chosen colleagues."""
        return [self.colleagues[key] for key in self.cleaned_data["copy_to"]]


def blank(**more: str) -> dict[str, str]:
    """What an untouched form holds: a key of its own, by which a second press is recognised."""
    return {"key": str(uuid4()), **more}


class RolesForm(forms.Form):
    """What a colleague may do."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"), required=False, choices=ContactRole.choices, widget=forms.CheckboxSelectMultiple
    )


class ColleagueForm(RolesForm):
    """One more person of the organisation."""

    field_order = ["name", "email", "roles"]
    name = forms.CharField(label=_("Name"), max_length=160)
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("They write to us from there, and sign in by a code sent there."),
    )


@dataclass(frozen=True, slots=True)
class Card:
    """A choice with the sentences that stand beside it."""

    code: str
    name: Any
    sentences: Sequence[Any]
    chosen: bool
    promise: str = ""


def kind_cards(form: NewRequestForm) -> list[Card]:
    """The kinds, each with what it means."""
    chosen = form["kind"].value() or "incident"
    return [Card(code, words[0], words[1:], code == chosen) for code, words in definitions.KINDS.items()]


def priority_cards(
    form: NewRequestForm, terms: ContractVersion | None, meanings: Mapping[str, tuple[str, str, str]]
) -> list[Card]:
    """The priorities, each with its meaning, an example, and what the contract promises for it."""
    chosen = form["priority"].value() or "low"
    promised = terms.targets.get("first_reply", {}) if terms else {}
    always = terms is not None and calendar_of(terms.calendar_version).is_always
    return [
        Card(code, words[0], words[1:], code == chosen, answer_within(promised.get(code), always=always))
        for code, words in meanings.items()
    ]
