"""Parts of forms about duty: stretches of time, a calendar file, the shape of a rotation."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from opora.desk.people.models import Staff
from opora.desk.people.parsing import ics
from opora.desk.people.parsing.ics import LONGEST_FILE
from opora.desk.web.console.administration.deeds import DeedForm
from opora.desk.web.signin.forms import zones

SHAPE = "%Y-%m-%dT%H:%M"


def moment_field(label: Any) -> forms.DateTimeField:
    """A moment by the wall clock of the reader."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=SHAPE)
    return forms.DateTimeField(label=label, widget=widget, input_formats=[SHAPE])


class SpanForm(DeedForm):
    """From one moment until another."""

    start = moment_field(gettext_lazy("From"))
    end = moment_field(gettext_lazy("Until"))

    def begin_with(self, start: datetime, end: datetime) -> None:
        """Offer this stretch."""
        self.initial.update(start=localtime(start).strftime(SHAPE), end=localtime(end).strftime(SHAPE))


class DayForm(SpanForm):
    """A stretch of days or hours."""

    def clean(self) -> dict[str, Any]:
        """Say it beside the field when the end stands first."""
        said = super().clean() or {}
        if said.get("start") and said.get("end") and said["end"] <= said["start"]:
            self.add_error("end", _("The end stands before the beginning."))
        return said


class FileForm(DeedForm):
    """A calendar file of another program."""

    file = forms.FileField(
        label=gettext_lazy("Calendar file (.ics)"),
        help_text=gettext_lazy("Single events only; repeating ones are named and left out."),
        widget=forms.FileInput(attrs={"accept": ".ics,text/calendar"}),
    )

    def clean_file(self) -> str:
        """The text of the file."""
        held = self.cleaned_data["file"]
        if held.size > LONGEST_FILE:
            raise forms.ValidationError(_("The file is larger than 1 MB."))
        return str(held.read().decode("utf-8", errors="replace"))


class RotationForm(DeedForm):
    """How a duty goes round."""

    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=zones, initial="Europe/Moscow")
    starts_on = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    handoff = forms.TimeField(
        label=gettext_lazy("Hands over at"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        initial=time(9, 0),
    )
    turn_hours = forms.IntegerField(label=gettext_lazy("Hours a turn"), min_value=1, max_value=672, initial=168)
    daily_from = forms.TimeField(
        label=gettext_lazy("Only from"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=gettext_lazy("Leave both empty for round the clock."),
    )
    daily_until = forms.TimeField(
        label=gettext_lazy("until"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    people: "forms.ModelMultipleChoiceField[Staff]" = forms.ModelMultipleChoiceField(
        label=gettext_lazy("People"), queryset=Staff.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    order = forms.CharField(
        label=gettext_lazy("Order"),
        required=False,
        max_length=400,
        help_text=gettext_lazy("First names or initials in turn, separated by commas. Empty: as in the list."),
    )

    def offer(self, people: "QuerySet[Staff]") -> None:
        """Who may be chosen."""
        field = self.fields["people"]
        if isinstance(field, forms.ModelMultipleChoiceField):
            field.queryset = people.order_by("name")

    def clean(self) -> dict[str, Any]:
        """The people in the order that was written. Says which name nobody has."""
        said = super().clean() or {}
        if bool(said.get("daily_from")) != bool(said.get("daily_until")):
            self.add_error("daily_until", _("Give both hours, or neither."))
        chosen = list(said.get("people") or [])
        wanted = [word.strip() for word in (said.get("order") or "").split(",") if word.strip()]
        if not wanted:
            said["people"] = chosen
            return said
        ordered = []
        for word in wanted:
            found = next((one for one in chosen if one.name.casefold().startswith(word.casefold())), None)
            if found is None:
                self.add_error("order", _("Nobody of the chosen is called “%(name)s”.") % {"name": word})
            else:
                ordered.append(found)
        said["people"] = ordered
        return said

    @staticmethod
    def terms(said: dict[str, Any]) -> dict[str, Any]:
        """What the form says as the room's actions take it."""
        daily = (_minutes(said["daily_from"]), _minutes(said["daily_until"])) if said["daily_from"] else None
        return {
            "zone": said["zone"],
            "starts_on": said["starts_on"],
            "handoff": _minutes(said["handoff"]),
            "turn_hours": said["turn_hours"],
            "people": said["people"],
            "daily": daily,
        }


def _minutes(clock: time) -> int:
    return int(timedelta(hours=clock.hour, minutes=clock.minute).total_seconds()) // 60


def taken_words(taken: int, faults: list[ics.Fault]) -> str:
    """How much was taken from a file, and why the rest was not."""
    said = ngettext("%(count)d event taken.", "%(count)d events taken.", taken) % {"count": taken}
    reasons = {
        "bad_line": _("a line that is no calendar line"),
        "bad_moment": _("a moment that cannot be read"),
        "ends_before_start": _("it ends before it begins"),
        "no_end": _("it has no end"),
        "no_start": _("it has no beginning"),
        "no_uid": _("it has no UID"),
        "not_a_calendar": _("this is no calendar file"),
        "repeats": _("it repeats; write the single days"),
        "too_large": _("the file is too large"),
        "too_many": _("more than 2000 events"),
        "unknown_person": _("nobody of the team is called so"),
        "unknown_zone": _("an unknown time zone"),
    }
    lines = [f"{fault.words or fault.line}: {reasons.get(fault.code, fault.code)}" for fault in faults[:5]]
    if not lines:
        return said
    return said + " " + _("Not taken: %(list)s.") % {"list": "; ".join(lines)}
