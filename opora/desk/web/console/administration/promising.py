"""What a contract promises, as a form: regular word and resolution beside the first reply, what holds them, the warning."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opora.desk.sla.rules import PRIORITIES
from opora.desk.sla.rules.course import NEXT_UPDATE, RESOLUTION
from opora.desk.sla.rules.durations import read_duration
from opora.desk.sla.rules.reasons import WAITING_ON_CUSTOMER, WAITING_ON_VENDOR
from opora.desk.web.console.administration.deeds import DeedForm

_HOLDS = (
    (WAITING_ON_CUSTOMER, gettext_lazy("while we wait for the customer")),
    (WAITING_ON_VENDOR, gettext_lazy("while we wait for a vendor")),
)


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
        """Return what the JSON holds."""
        try:
            return json.loads(self.cleaned_data["inner"] or "{}")
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
