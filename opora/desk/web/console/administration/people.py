"""Colleagues and teams: hire, roles, teams, a lost password, a lost second factor, unlock, leave."""

from typing import Any

from django import forms
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from opora.desk.people import actions
from opora.desk.people.models import Membership, Role, Staff, Team
from opora.desk.sla.actions import set_line_hours
from opora.desk.sla.models import LineHours, WorkingCalendar
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console.administration.deeds import Deed, DeedForm, Done, Page, WhyForm, show
from opora.desk.web.signin import actions as signin
from opora.desk.web.signin import seals
from opora.desk.web.signin.forms import zones
from opora.desk.web.signin.queries import factors_of

LANGUAGES = [("ru", "Русский"), ("en", "English")]


class HireForm(DeedForm):
    """A new colleague."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"), choices=Role.choices, widget=forms.CheckboxSelectMultiple
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Speaks"), choices=LANGUAGES, initial=["ru"], widget=forms.CheckboxSelectMultiple
    )
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=zones, initial="Europe/Moscow")


class TeamForm(DeedForm):
    """A new team."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    slug = forms.SlugField(label=gettext_lazy("Short name in addresses"), max_length=40)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Team.Kind.choices)


class LineHoursForm(DeedForm):
    """By which calendar a line works."""

    team: "forms.ModelChoiceField[Team]" = forms.ModelChoiceField(
        label=gettext_lazy("Team"), queryset=Team.objects.all()
    )
    calendar: "forms.ModelChoiceField[WorkingCalendar]" = forms.ModelChoiceField(
        label=gettext_lazy("Calendar"),
        queryset=WorkingCalendar.objects.all(),
        required=False,
        empty_label=gettext_lazy("as each contract says"),
    )


class RolesForm(DeedForm):
    """Other roles."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"), choices=Role.choices, widget=forms.CheckboxSelectMultiple
    )
    why = forms.CharField(label=gettext_lazy("Reason"), max_length=500)

    def prepare(self, subject: Any) -> None:
        """Begin with the roles held now."""
        self.initial["roles"] = list(subject.roles)


class SkillsForm(DeedForm):
    """What the colleague is good at."""

    skills = forms.CharField(
        label=gettext_lazy("Skills"),
        max_length=400,
        required=False,
        help_text=gettext_lazy("Words that routing rules ask for, separated by commas: linux, postgresql, 1c."),
    )

    def prepare(self, subject: Any) -> None:
        """Begin with what is known."""
        self.initial["skills"] = ", ".join(subject.skills)


class HoursForm(DeedForm):
    """The colleague's own hours, a field a day."""

    DAYS = (
        ("mon", gettext_lazy("Monday")),
        ("tue", gettext_lazy("Tuesday")),
        ("wed", gettext_lazy("Wednesday")),
        ("thu", gettext_lazy("Thursday")),
        ("fri", gettext_lazy("Friday")),
        ("sat", gettext_lazy("Saturday")),
        ("sun", gettext_lazy("Sunday")),
    )

    def prepare(self, subject: Any) -> None:
        """A field for each day, as it is now."""
        for day, title in self.DAYS:
            self.fields[day] = forms.CharField(label=title, required=False, max_length=100)
            self.initial[day] = ", ".join(subject.week.get(day, ()))
        self.fields["mon"].help_text = _("Stretches such as 09:00-13:00, 14:00-18:00, in the colleague's own zone.")


class JoinForm(DeedForm):
    """Into a team."""

    team: "forms.ModelChoiceField[Team]" = forms.ModelChoiceField(
        label=gettext_lazy("Team"), queryset=Team.objects.all()
    )
    lead = forms.BooleanField(label=gettext_lazy("Leads it"), required=False)


class LeaveForm(DeedForm):
    """Out of a team."""

    team: "forms.ModelChoiceField[Team]" = forms.ModelChoiceField(
        label=gettext_lazy("Team"), queryset=Team.objects.none()
    )

    def prepare(self, subject: Any) -> None:
        """Only the teams the colleague is in."""
        field = self.fields["team"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Team.objects.filter(membership__staff=subject)


def _hire(request: StaffRequest, _subject: None, said: dict[str, Any]) -> Done:
    password = _password()
    staff = actions.hire(**said, by=request.staff.actor, at=request.at)
    actions.give_password(staff, password=password, why=_("first password"), by=request.staff.actor, at=request.at)
    words = _("%(name)s can sign in. Hand over the first password; it is shown only now and good for one sign-in.") % {
        "name": staff.name
    }
    return Done(words, secret=f"{staff.account.email}   {password}")


def _form_team(request: StaffRequest, _subject: None, said: dict[str, Any]) -> Done:
    team = actions.form_team(**said, by=request.staff.actor, at=request.at)
    return Done(_("The team “%(name)s” is formed.") % {"name": team.name})


def _change_roles(request: StaffRequest, staff: Staff, said: dict[str, Any]) -> Done:
    actions.change_roles(staff, roles=said["roles"], why=said["why"], by=request.staff.actor, at=request.at)
    return Done(_("The roles are changed."))


def _change_skills(request: StaffRequest, staff: Staff, said: dict[str, Any]) -> Done:
    actions.change_skills(staff, skills=said["skills"].split(","), by=request.staff.actor, at=request.at)
    return Done(_("The skills are changed."))


def _change_hours(request: StaffRequest, staff: Staff, said: dict[str, Any]) -> Done:
    week = {day: [one.strip() for one in said[day].split(",") if one.strip()] for day, _title in HoursForm.DAYS}
    actions.change_hours(
        staff, week={day: spans for day, spans in week.items() if spans}, by=request.staff.actor, at=request.at
    )
    return Done(_("The hours are changed."))


def _join(request: StaffRequest, staff: Staff, said: dict[str, Any]) -> Done:
    actions.join_team(staff, said["team"], lead=said["lead"], by=request.staff.actor, at=request.at)
    return Done(_("%(name)s is in “%(team)s” now.") % {"name": staff.name, "team": said["team"].name})


def _leave(request: StaffRequest, staff: Staff, said: dict[str, Any]) -> Done:
    actions.leave_team(staff, said["team"], by=request.staff.actor, at=request.at)
    return Done(_("%(name)s is no longer in “%(team)s”.") % {"name": staff.name, "team": said["team"].name})


def _unlock(request: StaffRequest, staff: Staff, _said: dict[str, Any]) -> Done:
    signin.unlock(staff.account, by=request.staff.actor, at=request.at)
    return Done(_("%(name)s may try to sign in again at once.") % {"name": staff.name})


def _give_password(request: StaffRequest, staff: Staff, said: dict[str, Any]) -> Done:
    password = _password()
    actions.give_password(staff, password=password, why=said["why"], by=request.staff.actor, at=request.at)
    words = _(
        "All sessions of %(name)s have ended. Hand over the new password; it is shown only now and good for one sign-in."
    )
    return Done(words % {"name": staff.name}, secret=password)


def _reset_factors(request: StaffRequest, staff: Staff, said: dict[str, Any]) -> Done:
    signin.remove_all_factors(staff.account, why=said["why"], by=request.staff.actor, at=request.at)
    return Done(_("%(name)s sets up a new second factor at the next sign-in.") % {"name": staff.name})


def _let_go(request: StaffRequest, staff: Staff, said: dict[str, Any]) -> Done:
    actions.let_go(staff, why=said["why"], by=request.staff.actor, at=request.at)
    return Done(_("%(name)s can no longer sign in.") % {"name": staff.name})


def _take_back(request: StaffRequest, staff: Staff, said: dict[str, Any]) -> Done:
    actions.take_back(staff, why=said["why"], by=request.staff.actor, at=request.at)
    return Done(_("%(name)s can sign in again.") % {"name": staff.name})


def _password() -> str:
    return "-".join(seals.word(5) for _each in range(4))


def _works_here(staff: Staff) -> bool:
    return staff.active


def _set_line_hours(request: StaffRequest, _subject: None, said: dict[str, Any]) -> Done:
    set_line_hours(said["team"], calendar=said["calendar"], by=request.staff.actor, at=request.at)
    return Done(_("The hours of “%(name)s” are set. Running clocks keep theirs.") % {"name": said["team"].name})


PEOPLE = Page(
    "console/administration/people.html",
    "people",
    "people:edit",
    (
        Deed("hire", gettext_lazy("Hire a colleague"), HireForm, _hire),
        Deed("team", gettext_lazy("Form a team"), TeamForm, _form_team),
        Deed("line_hours", gettext_lazy("Set the hours of a line"), LineHoursForm, _set_line_hours),
    ),
)
COLLEAGUE = Page(
    "console/administration/colleague.html",
    "people",
    "people:edit",
    (
        Deed("roles", gettext_lazy("Change the roles"), RolesForm, _change_roles, _works_here),
        Deed("skills", gettext_lazy("Change the skills"), SkillsForm, _change_skills, _works_here),
        Deed("hours", gettext_lazy("Change the working hours"), HoursForm, _change_hours, _works_here),
        Deed("join", gettext_lazy("Add to a team"), JoinForm, _join, _works_here),
        Deed("leave", gettext_lazy("Take out of a team"), LeaveForm, _leave, lambda one: one.teams.exists()),
        Deed("unlock", gettext_lazy("Unlock the sign-in"), DeedForm, _unlock, _works_here),
        Deed("password", gettext_lazy("Give a new password"), WhyForm, _give_password, _works_here, danger=True),
        Deed("factors", gettext_lazy("Reset the second factor"), WhyForm, _reset_factors, _works_here, danger=True),
        Deed("go", gettext_lazy("End the employment"), WhyForm, _let_go, _works_here, danger=True),
        Deed("back", gettext_lazy("Take back"), WhyForm, _take_back, lambda one: not one.active),
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("people:edit")
def people(request: StaffRequest) -> HttpResponse:
    """Everybody who works or worked here, with teams."""
    return show(request, PEOPLE, None, _everybody)


def _everybody() -> dict[str, Any]:
    memberships = Membership.objects.select_related("team").order_by("team_id")
    rows = (
        Staff.objects.select_related("account")
        .prefetch_related(Prefetch("membership_set", memberships))
        .order_by("-active", "name")
    )
    labels = dict(Role.choices)
    hours = {one.line_id: one.calendar for one in LineHours.objects.select_related("calendar")}
    return {
        "colleagues": [{"row": row, "roles": [labels[Role(role)] for role in row.roles]} for row in rows],
        "teams": [(team, hours.get(team.pk)) for team in Team.objects.all()],
    }


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("people:edit")
def colleague(request: StaffRequest, staff: int) -> HttpResponse:
    """One colleague and what can be done."""
    row = Staff.objects.select_related("account").filter(pk=staff).first()
    if row is None:
        raise Http404
    return show(request, COLLEAGUE, row, lambda: _about(row))


def _about(row: Staff) -> dict[str, Any]:
    labels = dict(Role.choices)
    return {
        "roles": [labels[Role(role)] for role in row.roles],
        "memberships": row.membership_set.select_related("team").order_by("team_id"),
        "factors": factors_of(row.account),
        "back": reverse("administration:people"),
    }
