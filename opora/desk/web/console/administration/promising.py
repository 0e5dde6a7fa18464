"""What a contract promises, as a form: regular word and resolution beside the first reply, what holds them, the warning."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opora.desk.customers.models import ContractVersion
from opora.desk.sla.queries import latest_version
from opora.desk.sla.rules import PRIORITIES
from opora.desk.sla.rules.course import FIRST_REPLY, NEXT_UPDATE, RESOLUTION
from opora.desk.sla.rules.durations import read_duration, write_duration
from opora.desk.sla.rules.reasons import WAITING_ON_CUSTOMER, WAITING_ON_VENDOR
from opora.desk.web.console.administration.deeds import DeedForm

_HOLDS = (
    (WAITING_ON_CUSTOMER, gettext_lazy("while we wait for the customer")),
    (WAITING_ON_VENDOR, gettext_lazy("while we wait for a vendor")),
)
NEVER = "never"
WITHDRAWN = frozenset({"-", "–", "—"})


def _length(label: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=20, required=False)


class PromisesForm(DeedForm):
    """Promises beyond the first reply; what is left empty is not promised."""

    next_update_low = _length(gettext_lazy("Regular word, low priority"))
    next_update_medium = _length(gettext_lazy("Regular word, medium priority"))
    next_update_high = _length(gettext_lazy("Regular word, high priority"))
    resolution_low = _length(gettext_lazy("Resolution, low priority"))
    resolution_medium = _length(gettext_lazy("Resolution, medium priority"))
    resolution_high = _length(gettext_lazy("Resolution, high priority"))
    holds = forms.MultipleChoiceField(
        label=gettext_lazy("Regular word and resolution stand still"),
        choices=_HOLDS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    warn_before = forms.CharField(
        label=gettext_lazy("Warn us so long before the end (instead of the percent)"), max_length=20, required=False
    )
    inner = forms.CharField(
        label=gettext_lazy("What lines and vendors promise us (JSON)"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy(
            'For example {"line": {"l1": {"high": "30m"}, "l2": {"high": "2h"}}}; together never more.'
        ),
    )

    def clean_inner(self) -> Any:
        """Return what the JSON holds, or None when nothing was written."""
        try:
            return json.loads(self.cleaned_data["inner"]) if self.cleaned_data["inner"].strip() else None
        except ValueError:
            raise forms.ValidationError(_("This is not JSON.")) from None


def promised(said: dict[str, Any]) -> dict[str, Any]:
    """Return targets beyond the first reply, pauses, inner targets and warning, as `sign_contract` takes them.

    Raises `Faulty` for a length that cannot be read.
    """
    targets = {
        promise: {name: said[f"{promise}_{name}"] for name in PRIORITIES if said.get(f"{promise}_{name}")}
        for promise in (NEXT_UPDATE, RESOLUTION)
    }
    targets = {promise: lengths for promise, lengths in targets.items() if lengths}
    before = said.get("warn_before")
    return {
        "targets": targets,
        "pauses": {promise: said["holds"] for promise in targets if said.get("holds")},
        "inner": said.get("inner") or {},
        "warn_before": read_duration(before, where=_("Warning")) if before else None,
    }


def revised(last: ContractVersion, said: dict[str, Any]) -> dict[str, Any]:
    """Return the terms that follow these, as `revise_contract` takes them: what was left empty stays, a dash withdraws.

    Raises `Faulty` for a length that cannot be read.
    """
    targets = {promise: dict(lengths) for promise, lengths in last.targets.items()}
    for promise in (FIRST_REPLY, NEXT_UPDATE, RESOLUTION):
        for priority in PRIORITIES:
            _write(targets.setdefault(promise, {}), priority, said[field_of(promise, priority)])
    targets = {promise: lengths for promise, lengths in targets.items() if lengths}
    before = said["warn_before"]
    share = said["warn_share"]
    kept = None if share else last.warn_before
    return {
        "targets": targets,
        "pauses": _pauses(targets, said["holds"]),
        "inner": said["inner"],
        "calendar_version": latest_version(said["calendar"]) if said["calendar"] else last.calendar_version,
        "warn_share": share or last.warn_share,
        "warn_before": read_duration(before, where=_("Warning")) if before else kept,
    }


def field_of(promise: str, priority: str) -> str:
    """Return the name of the form's field."""
    return priority if promise == FIRST_REPLY else f"{promise}_{priority}"


def show_standing(form: forms.Form, last: ContractVersion) -> None:
    """Let every empty field show what stands, so that one sees what stays."""
    for promise in (FIRST_REPLY, NEXT_UPDATE, RESOLUTION):
        for priority in PRIORITIES:
            seconds = last.targets.get(promise, {}).get(priority)
            shown = write_duration(seconds) if seconds else "—"
            form.fields[field_of(promise, priority)].widget.attrs["placeholder"] = shown
    form.fields["warn_share"].widget.attrs["placeholder"] = str(last.warn_share)
    form.fields["warn_before"].widget.attrs["placeholder"] = (
        write_duration(last.warn_before) if last.warn_before else "—"
    )
    form.fields["inner"].widget.attrs["placeholder"] = json.dumps(last.inner) if last.inner else "{}"


def _write(lengths: dict[str, Any], priority: str, written: str) -> None:
    if written.strip() in WITHDRAWN:
        lengths.pop(priority, None)
    elif written:
        lengths[priority] = written


def _pauses(targets: dict[str, Any], holds: list[str]) -> dict[str, list[str]] | None:
    if not holds:
        return None
    waits = [wait for wait in holds if wait != NEVER]
    return {promise: waits for promise in (NEXT_UPDATE, RESOLUTION) if promise in targets and waits}
