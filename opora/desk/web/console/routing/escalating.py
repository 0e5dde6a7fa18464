"""Escalations: who is told when while nobody has a matter; what is running now."""

import re
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from opora.desk.dispatch import escalations
from opora.desk.dispatch.models import EscalationPolicy
from opora.desk.dispatch.rules import KINDS, Policy, Step, read_policy
from opora.desk.people.models import Role, Staff
from opora.desk.people.policies import may
from opora.desk.tickets import definitions
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console.administration.deeds import Deed, DeedForm, Done, Page, show

TRIGGERS = {
    "high": gettext_lazy("a ticket is of high priority"),
    "warned": gettext_lazy("a promise runs out soon"),
    "missed": gettext_lazy("a promise was missed"),
}
WHOM = {
    "assignee": gettext_lazy("whoever has the ticket"),
    "on_duty": gettext_lazy("whoever is on duty in its line"),
    "line": gettext_lazy("everybody of its line who is reachable"),
    "leads": gettext_lazy("those who lead its line"),
}
EXAMPLE = "0 on_duty\n10 leads\n20 role head"
_STEP = re.compile(r"^(\d{1,5})\s+(\w+)(?:\s+(\S+))?$")


class PolicyForm(DeedForm):
    """A policy. Writing one of a known name makes its next version."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    trigger = forms.ChoiceField(label=gettext_lazy("Begins when"), choices=list(TRIGGERS.items()))
    priorities = forms.MultipleChoiceField(
        label=gettext_lazy("Only for these priorities"),
        required=False,
        choices=[(code, said[0]) for code, said in definitions.PRIORITIES.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    steps = forms.CharField(
        label=gettext_lazy("Steps"),
        initial=EXAMPLE,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "A line each: minutes since the beginning, and whom: on_duty, line, leads, assignee, role head, "
            "person name@provider.example."
        ),
    )
    repeat = forms.IntegerField(label=gettext_lazy("Then again, so many times"), min_value=0, max_value=100, initial=1)
    pause = forms.IntegerField(
        label=gettext_lazy("Minutes before it begins again"), min_value=1, max_value=10_000, initial=15
    )

    def clean_steps(self) -> list[Step]:
        """The steps. Says which line cannot be read."""
        return [self._step(line.strip()) for line in self.cleaned_data["steps"].splitlines() if line.strip()]

    def _step(self, line: str) -> Step:
        found = _STEP.match(line)
        if found is None or found[2] not in KINDS:
            raise forms.ValidationError(_("This line cannot be read: %(line)s") % {"line": line})
        who = found[3] or ""
        if found[2] == "role" and who not in Role.values:
            raise forms.ValidationError(_("There is no role “%(role)s”.") % {"role": who})
        if found[2] == "person":
            person = Staff.objects.filter(account__email=who.lower(), active=True).first()
            if person is None:
                raise forms.ValidationError(_("Nobody works here under %(address)s.") % {"address": who})
            who = str(person.pk)
        return Step(int(found[1]), found[2], who)


def _write(request: StaffRequest, _subject: None, said: dict[str, Any]) -> Done:
    steps = tuple(sorted(said["steps"], key=lambda step: step.after))
    policy = Policy(said["trigger"], steps, said["repeat"], said["pause"], tuple(said["priorities"]))
    terms = escalations.write_terms(said["name"], policy, by=request.staff, at=request.at)
    words = _("Version %(number)s of “%(name)s” holds for cases that begin from now on.")
    return Done(words % {"number": terms.number, "name": terms.policy.name})


ESCALATIONS = Page(
    "console/routing/escalations.html",
    "escalations",
    "routing:edit",
    (Deed("policy", gettext_lazy("Write an escalation"), PolicyForm, _write),),
)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("routing:see")
def page(request: StaffRequest) -> HttpResponse:
    """What runs, and what is agreed."""
    return show(request, ESCALATIONS, None, lambda: _known(request))


def _known(request: StaffRequest) -> dict[str, Any]:
    people = dict(Staff.objects.values_list("pk", "name"))
    policies = []
    for terms in escalations.policies_in_force():
        policy = read_policy(terms.terms)
        policies.append(
            {
                "row": terms,
                "when": _when(policy),
                "steps": [say_step(one, people) for one in policy.steps],
                "again": _again(policy),
            }
        )
    return {
        "policies": policies,
        "running": escalations.running_of(),
        "may_edit": may(request.staff, "routing:edit"),
    }


def say_step(step: Step, people: dict[int, str]) -> str:
    """The step as a sentence."""
    if step.to == "role":
        whom: Any = _("everybody reachable who is %(role)s") % {"role": Role(step.who).label}
    elif step.to == "person":
        whom = people.get(int(step.who), step.who)
    else:
        whom = WHOM[step.to]
    if not step.after:
        return _("At once: %(whom)s") % {"whom": whom}
    minutes = ngettext("After %(minutes)d minute", "After %(minutes)d minutes", step.after) % {"minutes": step.after}
    return f"{minutes}: {whom}"


def _when(policy: Policy) -> str:
    words = [str(definitions.PRIORITIES[one][0]) for one in policy.priorities if one in definitions.PRIORITIES]
    return f"{TRIGGERS[policy.trigger]}{' (' + ', '.join(words) + ')' if words else ''}"


def _again(policy: Policy) -> str:
    if not policy.repeat:
        return _("Once.")
    said = ngettext("And again %(times)d time", "And again %(times)d times", policy.repeat) % {"times": policy.repeat}
    return f"{said}, {_('%(minutes)s min later') % {'minutes': policy.pause}}."


@require_POST
@for_staff("routing:edit")
def retire(request: StaffRequest, policy: int) -> HttpResponse:
    """No case begins under it any more. Raises Http404 for one that does not exist."""
    escalations.retire(get_object_or_404(EscalationPolicy, pk=policy), by=request.staff, at=request.at)
    return HttpResponseRedirect(reverse("routing:escalations"))
