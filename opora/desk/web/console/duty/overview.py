"""Who is on duty now, the next two weeks, gaps, and what a colleague does about their own duty."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from opora.desk.kernel.errors import NotHere
from opora.desk.people import actions, queries
from opora.desk.people.models import Absence, DutySwap, Rotation, Staff, Team
from opora.desk.people.policies import may_plan
from opora.desk.web.components import marks
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console.administration.deeds import Deed, DeedForm, Done, Page, show
from opora.desk.web.console.duty import showing
from opora.desk.web.console.duty.forms import DayForm, FileForm, RotationForm, SpanForm, taken_words
from opora.desk.web.console.duty.free_days import free_days

SHOWN = timedelta(days=14)
OWN = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class Own:
    """The colleague whose duty page it is, and the teams they plan."""

    staff: Staff
    plans: list[Team]
    mine: list[tuple[Rotation, Any]]


class PlanForm(RotationForm):
    """A new rotation."""

    team: "forms.ModelChoiceField[Team]" = forms.ModelChoiceField(
        label=gettext_lazy("Team"), queryset=Team.objects.none()
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    field_order = ("team", "name")

    def prepare(self, subject: Own) -> None:
        """Teams the colleague plans, and the people in them."""
        self.offer(Staff.objects.filter(membership__team__in=subject.plans, active=True).distinct())
        team = self.fields["team"]
        if isinstance(team, forms.ModelChoiceField):
            team.queryset = Team.objects.filter(pk__in=[one.pk for one in subject.plans])


class AbsenceForm(DayForm):
    """One's own absence."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Absence.Kind.choices)
    why = forms.CharField(label=gettext_lazy("Words for colleagues"), max_length=300, required=False)
    field_order = ("kind",)


class SwapForm(SpanForm):
    """A stretch of one's own duty for a colleague."""

    duty = forms.ChoiceField(label=gettext_lazy("Duty"))
    asked: "forms.ModelChoiceField[Staff]" = forms.ModelChoiceField(
        label=gettext_lazy("Ask"), queryset=Staff.objects.none()
    )
    words = forms.CharField(label=gettext_lazy("Why"), max_length=300, required=False)
    field_order = ("duty", "asked")

    def prepare(self, subject: Own) -> None:
        """One's own rotations, and the colleagues of their teams; the next stint as a beginning."""
        rotations = {rotation.pk: rotation for rotation, _stint in subject.mine}
        duty, asked = self.fields["duty"], self.fields["asked"]
        if isinstance(duty, forms.ChoiceField):
            duty.choices = [(pk, f"{one.team.name}: {one.name}") for pk, one in rotations.items()]
        if isinstance(asked, forms.ModelChoiceField):
            teams = {one.team_id for one in rotations.values()}
            mates = Staff.objects.filter(membership__team__in=teams, active=True).exclude(pk=subject.staff.pk)
            asked.queryset = mates.distinct().order_by("name")
        if subject.mine:
            self.begin_with(subject.mine[0][1].start, subject.mine[0][1].end)


def _plan(request: StaffRequest, _own: Own, said: dict[str, Any]) -> Done:
    rotation = actions.plan_rotation(
        team=said["team"], name=said["name"], **RotationForm.terms(said), by=request.staff, at=request.at
    )
    return Done(_("The rotation is planned."), address=reverse("duty:rotation", args=[rotation.pk]))


def _absent(request: StaffRequest, own: Own, said: dict[str, Any]) -> Done:
    actions.note_absence(
        own.staff, kind=said["kind"], start=said["start"], end=said["end"], why=said["why"], by=own.staff, at=request.at
    )
    return Done(_("Noted. Duty that is yours in that time is shown as a gap until somebody takes it."))


def _ask(request: StaffRequest, own: Own, said: dict[str, Any]) -> Done:
    rotation = next(one for one, _stint in own.mine if str(one.pk) == said["duty"])
    actions.ask_swap(
        rotation,
        asked=said["asked"],
        start=said["start"],
        end=said["end"],
        words=said["words"],
        by=own.staff,
        at=request.at,
    )
    return Done(_("%(name)s is asked. The duty stays yours until they say yes.") % {"name": said["asked"].name})


def _import(request: StaffRequest, own: Own, said: dict[str, Any]) -> Done:
    taken, faults = actions.import_absences(own.staff, text=said["file"], by=own.staff, at=request.at)
    return Done(taken_words(taken, faults))


def _feed(request: StaffRequest, _own: Own, _said: dict[str, Any]) -> Done:
    token = actions.make_feed(by=request.staff, at=request.at)
    words = _("Give this address to your calendar program. It is shown only now; making a new one ends the old.")
    return Done(words, secret=request.build_absolute_uri(reverse("duty:feed", args=[token])))


def _has_duty(own: Own) -> bool:
    return bool(own.mine)


DUTY = Page(
    "console/duty/duty.html",
    "duty",
    "duty:see",
    (
        Deed("swap", gettext_lazy("Ask a colleague to take a duty of mine"), SwapForm, _ask, _has_duty),
        Deed("absence", gettext_lazy("Note that I am away"), AbsenceForm, _absent),
        Deed("import", gettext_lazy("Import my absences from a calendar file"), FileForm, _import),
        Deed("feed", gettext_lazy("My duty in my own calendar"), DeedForm, _feed),
        Deed("plan", gettext_lazy("Plan a rotation"), PlanForm, _plan, lambda own: bool(own.plans)),
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("duty:see")
def duty(request: StaffRequest) -> HttpResponse:
    """The page for everybody; what concerns only the reader stands on it too."""
    teams = queries.lines()
    plans = [team for team in teams if may_plan(request.staff, team)]
    mine = queries.stints_of(request.staff, since=request.at, until=request.at + OWN)
    return show(request, DUTY, Own(request.staff, plans, mine), lambda: _known(request, teams))


def _known(request: StaffRequest, teams: list[Team]) -> dict[str, Any]:
    since, until = request.at, request.at + SHOWN
    rosters = queries.rosters_of(teams, since=since, until=until)
    planned = list({rotation.team_id: rotation.team for rotation, _stints in rosters}.values())
    free = free_days(planned, since, until)
    found = showing.strips(rosters, since, until, free)
    mine = queries.stints_of(request.staff, since=since, until=since + OWN)
    days = [since + timedelta(days=n) for n in range(0, SHOWN.days, 2)]
    absences = Absence.objects.filter(withdrawn_at=None, end__gt=since, start__lt=until).select_related("staff")
    gaps = [(strip.rotation, piece) for strip in found for piece in strip.pieces if piece.gap]
    return {
        "strips": found,
        "now": [(one.rotation, one.pieces[0]) for one in found if one.pieces and one.pieces[0].start <= since],
        "holidays": sorted({(one.day, one.name) for days in free.values() for one in days}),
        "gaps": sorted(gaps, key=lambda pair: pair[1].start)[:12],
        "days": [(f"{n * 2 / SHOWN.days * 100:.2f}%", marks.short(day).split(",")[0]) for n, day in enumerate(days)],
        "mine": mine[:6],
        "swaps": queries.open_swaps_of(request.staff),
        "absences": absences.order_by("start")[:30],
        "teams": [team for team in teams if any(one.rotation.team_id == team.pk for one in found)],
        "gap_count": ngettext("%(count)d gap", "%(count)d gaps", len(gaps)) % {"count": len(gaps)},
    }


@require_POST
@for_staff("duty:see")
def answer_swap(request: StaffRequest, swap: int, answer: str) -> HttpResponse:
    """Yes, no, or taken back. Raises NotHere for another word, or a swap that is not one's own."""
    mine = {one.pk for one in queries.open_swaps_of(request.staff)}
    if answer not in ("yes", "no", "back") or swap not in mine:
        raise NotHere
    row = get_object_or_404(DutySwap.objects.select_related("rotation", "rotation__team"), pk=swap)
    if answer == "back":
        actions.withdraw_swap(row, by=request.staff, at=request.at)
    else:
        actions.answer_swap(row, yes=answer == "yes", by=request.staff, at=request.at)
    return HttpResponseRedirect(reverse("duty:duty"))
