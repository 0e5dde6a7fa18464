"""The rules of routing: read by engineers, written by those who lead; and a try: where would this go?"""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from opora.desk.catalogue.models import Service
from opora.desk.customers.models import Contract, Organisation
from opora.desk.dispatch import routing
from opora.desk.dispatch.models import RuleBook
from opora.desk.dispatch.rules import CONDITIONS, Rule, read_rules
from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.people.models import Team
from opora.desk.people.policies import may
from opora.desk.tickets import definitions
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console.administration.deeds import Deed, DeedForm, Done, Page, show
from opora.desk.web.console.routing import words

CHOOSING = [
    ("queue", gettext_lazy("nobody: it waits in the queue")),
    ("round_robin", gettext_lazy("in turn, among those on shift")),
    ("least_load", gettext_lazy("whoever on shift has least to do")),
    ("engineer", gettext_lazy("the customer's own engineer, else who stands in")),
]


def _chosen(label: Any, choices: Any = ()) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple)


class RuleForm(DeedForm):
    """One rule. What is ticked in a condition is meant as “or”; a condition without a tick does not ask."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    place = forms.IntegerField(label=gettext_lazy("Place in the order"), min_value=1, max_value=200)
    priority = _chosen(gettext_lazy("Priority"), [(code, said[0]) for code, said in definitions.PRIORITIES.items()])
    kind = _chosen(gettext_lazy("Kind"), [(code, said[0]) for code, said in definitions.KINDS.items()])
    plan = _chosen(gettext_lazy("Plan"), Contract.Plan.choices)
    service = _chosen(gettext_lazy("Service"))
    channel = _chosen(gettext_lazy("Came by"), list(definitions.CHANNELS.items()))
    language = _chosen(gettext_lazy("Language"), list(words.LANGUAGES.items()))
    customer: "forms.ModelMultipleChoiceField[Organisation]" = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Customers"), queryset=Organisation.objects.order_by("name"), required=False
    )
    line: "forms.ModelChoiceField[Team]" = forms.ModelChoiceField(
        label=gettext_lazy("Goes to"), queryset=Team.objects.order_by("pk"), to_field_name="slug"
    )
    choose = forms.ChoiceField(label=gettext_lazy("Given to"), choices=CHOOSING)
    skill = forms.CharField(label=gettext_lazy("Who must know"), max_length=40, required=False)
    speaks = forms.BooleanField(label=gettext_lazy("Who must speak the customer's language"), required=False)
    most = forms.IntegerField(
        label=gettext_lazy("At most so many in work at once"), min_value=0, max_value=1000, required=False
    )
    old = forms.IntegerField(widget=forms.HiddenInput, required=False)
    why = forms.CharField(label=gettext_lazy("Reason"), max_length=300)

    def prepare(self, subject: "Written") -> None:
        """Services by name; the rule that is being changed, if one is."""
        services = self.fields["service"]
        if isinstance(services, forms.MultipleChoiceField):
            services.choices = [(one.slug, str(one)) for one in Service.objects.order_by("pk")]
        self.initial.update(place=len(subject.rules) + 1)
        if subject.edits is not None:
            rule = subject.rules[subject.edits]
            shown: dict[str, Any] = {key: list(rule.when.get(key, ())) for key in CONDITIONS}
            shown |= {"name": rule.name, "place": subject.edits + 1, "line": rule.line, "choose": rule.choose}
            shown |= {"skill": rule.skill, "speaks": rule.speaks, "most": rule.most or None, "old": subject.edits}
            self.initial.update(shown)


class Written:
    """The rules as they stand, and which of them the form changes."""

    def __init__(self, asked: str) -> None:
        self.book: RuleBook | None = routing.book_in_force()
        self.rules: list[Rule] = read_rules(self.book.rules) if self.book else []
        self.edits = int(asked) - 1 if asked.isdecimal() and 0 < int(asked) <= len(self.rules) else None


def _rule_of(said: dict[str, Any]) -> Rule:
    customers = [str(one.pk) for one in said["customer"]]
    when = {key: tuple(said[key]) for key in CONDITIONS if key != "customer" and said[key]}
    if customers:
        when["customer"] = tuple(customers)
    return Rule(
        name=said["name"].strip(),
        line=said["line"].slug,
        when={key: when[key] for key in CONDITIONS if key in when},
        choose=said["choose"],
        skill=said["skill"].strip().lower(),
        speaks=said["speaks"],
        most=said["most"] or 0,
    )


def _write(request: StaffRequest, written: Written, said: dict[str, Any]) -> Done:
    rules, old = list(written.rules), said["old"]
    if old is not None and 0 <= old < len(rules):
        del rules[old]
    rules.insert(min(said["place"] - 1, len(rules)), _rule_of(said))
    book = routing.write_rules(rules, by=request.staff, at=request.at, why=said["why"])
    return Done(
        _("Version %(number)s of the rules holds from now on.") % {"number": book.number},
        address=reverse("routing:rules"),
    )


RULES = Page(
    "console/routing/rules.html",
    "routing",
    "routing:edit",
    (Deed("rule", gettext_lazy("Write a rule"), RuleForm, _write),),
)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff("routing:see")
def rules(request: StaffRequest) -> HttpResponse:
    """The rules in order, in words; the form; the try."""
    written = Written(request.GET.get("edit", ""))
    return show(request, RULES, written, lambda: _known(request, written))


def _known(request: StaffRequest, written: Written) -> dict[str, Any]:
    names = words.read_names()
    return {
        "book": written.book,
        "edits": written.edits,
        "rules": [
            {"number": number, "rule": rule, "words": words.say(rule, names)}
            for number, rule in enumerate(written.rules, start=1)
        ],
        "may_edit": may(request.staff, "routing:edit"),
        "books": RuleBook.objects.select_related("made_by").order_by("-number")[:10],
        "asks": [
            (key, words.TITLES[key], list(names.words[key].items()), request.GET.get(key, "")) for key in CONDITIONS
        ],
        "tried": _tried(request, names) if "try" in request.GET else None,
        "dry": "try" in request.GET,
    }


def _tried(request: StaffRequest, names: words.Names) -> dict[str, Any]:
    facts = {key: request.GET.get(key, "")[:80] for key in CONDITIONS}
    customer = facts["customer"]
    organisation = int(customer) if customer.isdecimal() and len(customer) < 19 else None
    decision = routing.try_out(facts, at=request.at, organisation_id=organisation)
    return {
        "words": words.say(decision.rule, names) if decision.rule else "",
        "name": decision.rule.name if decision.rule else "",
        "person": next((one.name for one in decision.considered if one.verdict == "chosen"), ""),
        "line": names.lines.get(decision.rule.line, "") if decision.rule else "",
        "considered": [
            (one.name, words.verdict(one.verdict, one.load), one.verdict == "chosen") for one in decision.considered
        ],
        "passed": [(one.name, words.TITLES.get(one.condition, one.condition)) for one in decision.passed],
    }


@require_POST
@for_staff("routing:edit")
def change(request: StaffRequest, place: int, verb: str) -> HttpResponse:
    """Move a rule up or down, or take it out. Raises NotHere for a rule or a verb that does not exist."""
    rules = list(Written("").rules)
    at = place - 1
    if not 0 <= at < len(rules) or verb not in ("up", "down", "out"):
        raise NotHere
    name = rules[at].name
    if verb == "out":
        del rules[at]
    else:
        other = at - 1 if verb == "up" else at + 1
        if not 0 <= other < len(rules):
            return HttpResponseRedirect(reverse("routing:rules"))
        rules[at], rules[other] = rules[other], rules[at]
    why = {"up": _("“%(name)s” earlier"), "down": _("“%(name)s” later"), "out": _("“%(name)s” taken out")}[verb]
    try:
        routing.write_rules(rules, by=request.staff, at=request.at, why=why % {"name": name})
    except Refused as refusal:
        messages.error(request, refusal.message)
    return HttpResponseRedirect(reverse("routing:rules"))
