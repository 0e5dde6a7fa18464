"""One rotation: its order, the next four weeks, stretches given to others; and what those who plan it can do."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from opora.desk.people import actions, queries
from opora.desk.people.models import Override, Rotation, RotationVersion, Staff
from opora.desk.people.policies import may_plan
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console.administration.deeds import Deed, DeedForm, Done, Page, WhyForm, show
from opora.desk.web.console.duty import showing
from opora.desk.web.console.duty.forms import FileForm, RotationForm, SpanForm, taken_words
from opora.desk.web.console.duty.free_days import free_days

SHOWN = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Planned:
    """The rotation as this reader meets it."""

    rotation: Rotation
    reader: Staff
    plans: bool
    newest: RotationVersion | None

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.rotation.ended_at is None


class ReviseForm(RotationForm):
    """Another order or other times from now on."""

    def prepare(self, subject: Planned) -> None:
        """Begin with how it is now."""
        self.offer(Staff.objects.filter(membership__team=subject.rotation.team, active=True))
        new = subject.newest
        if new is None:
            return
        people = [seat.staff for seat in new.seats.select_related("staff").order_by("place")]
        shape: dict[str, Any] = {
            "zone": new.zone,
            "starts_on": new.starts_on,
            "handoff": _clock(new.handoff),
            "turn_hours": new.turn_hours,
            "daily_from": _clock(new.daily_from),
            "daily_until": _clock(new.daily_until),
            "people": [one.pk for one in people],
            "order": ", ".join(one.name for one in people),
        }
        self.initial.update(shape)


class GiveForm(SpanForm):
    """A stretch for somebody else."""

    staff: "forms.ModelChoiceField[Staff]" = forms.ModelChoiceField(
        label=gettext_lazy("Who"), queryset=Staff.objects.none()
    )
    why = forms.CharField(label=gettext_lazy("Why"), max_length=300, required=False)
    field_order = ("staff",)

    def prepare(self, subject: Planned) -> None:
        """The team; whoever does not plan it can only take a stretch themselves."""
        field = self.fields["staff"]
        team = Staff.objects.filter(membership__team=subject.rotation.team, active=True)
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = (team if subject.plans else team.filter(pk=subject.reader.pk)).order_by("name")
            field.initial = subject.reader.pk


def _clock(minutes: int | None) -> str:
    return "" if minutes is None else f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def _revise(request: StaffRequest, planned: Planned, said: dict[str, Any]) -> Done:
    version = actions.revise_rotation(planned.rotation, **RotationForm.terms(said), by=request.staff, at=request.at)
    return Done(_("Version %(number)s holds from now on; what was before stays.") % {"number": version.number})


def _give(request: StaffRequest, planned: Planned, said: dict[str, Any]) -> Done:
    actions.override(planned.rotation, **said, by=request.staff, at=request.at)
    return Done(_("%(name)s has the duty for that time.") % {"name": said["staff"].name})


def _import(request: StaffRequest, planned: Planned, said: dict[str, Any]) -> Done:
    taken, faults = actions.import_overrides(planned.rotation, text=said["file"], by=request.staff, at=request.at)
    return Done(taken_words(taken, faults))


def _feed(request: StaffRequest, planned: Planned, _said: dict[str, Any]) -> Done:
    token = actions.make_feed(by=request.staff, at=request.at, team=planned.rotation.team)
    words = _("Give this address to your calendar program. It is shown only now; making a new one ends the old.")
    return Done(words, secret=request.build_absolute_uri(reverse("duty:feed", args=[token])))


def _end(request: StaffRequest, planned: Planned, said: dict[str, Any]) -> Done:
    actions.end_rotation(planned.rotation, why=said["why"], by=request.staff, at=request.at)
    return Done(_("The rotation has ended."))


def _plans(planned: Planned) -> bool:
    return planned.plans and planned.runs


def _in_team(planned: Planned) -> bool:
    mates = Staff.objects.filter(membership__team=planned.rotation.team, pk=planned.reader.pk)
    return planned.runs and (planned.plans or mates.exists())


ROTATION = Page(
    "console/duty/rotation.html",
    "duty",
    "duty:see",
    (
        Deed("give", gettext_lazy("Take or give a stretch"), GiveForm, _give, _in_team),
        Deed("revise", gettext_lazy("Change the order or the times"), ReviseForm, _revise, _plans),
        Deed("import", gettext_lazy("Import stretches from a calendar file"), FileForm, _import, _plans),
        Deed("feed", gettext_lazy("This team's duty in my calendar"), DeedForm, _feed),
        Deed("end", gettext_lazy("End the rotation"), WhyForm, _end, _plans, danger=True),
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("duty:see")
def one(request: StaffRequest, rotation: int) -> HttpResponse:
    """The page. Raises Http404 for a rotation that does not exist."""
    row = get_object_or_404(Rotation.objects.select_related("team"), pk=rotation)
    newest = row.versions.order_by("-number").first()
    planned = Planned(row, request.staff, may_plan(request.staff, row.team), newest)
    return show(request, ROTATION, planned, lambda: _known(request, row))


def _known(request: StaffRequest, row: Rotation) -> dict[str, Any]:
    since, until = request.at, request.at + SHOWN
    stints = queries.roster_of(row, since=since, until=until)
    newest = row.versions.order_by("-number").first()
    overrides = Override.objects.filter(rotation=row, withdrawn_at=None, end__gt=since).select_related("staff")
    return {
        "rotation": row,
        "strip": showing.strips([(row, stints)], since, until, free_days([row.team], since, until))[0],
        "newest": newest,
        "order": [seat.staff.name for seat in newest.seats.select_related("staff").order_by("place")] if newest else [],
        "handoff": _clock(newest.handoff) if newest else "",
        "hours": (_clock(newest.daily_from), _clock(newest.daily_until))
        if newest and newest.daily_from is not None
        else None,
        "overrides": overrides.order_by("start")[:30],
    }
