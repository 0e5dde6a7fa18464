"""How the provider's lines are run: hours, skills, who is on duty, by which rules tickets find people, who is told when."""

from datetime import date, datetime, timedelta

from opora.config.demo.provider import Provider
from opora.desk.customers.models import Contract, Organisation
from opora.desk.dispatch import escalations, routing
from opora.desk.dispatch.rules import Policy, Rule, Step
from opora.desk.people import actions as people
from opora.desk.tickets import states
from opora.desk.tickets.models import Ticket

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
HOURS = {
    "anna": ("08:00-17:00", WORKDAYS),
    "timur": ("09:00-18:00", WORKDAYS),
    "lena": ("12:00-21:00", ("wed", "thu", "fri", "sat", "sun")),
    "marko": ("09:00-18:00", WORKDAYS),
    "daria": ("09:00-18:00", WORKDAYS),
    "rita": ("09:00-18:00", WORKDAYS),
    "konstantin": ("10:00-19:00", WORKDAYS),
}
SKILLS = {
    "anna": ("linux", "dns"),
    "lena": ("linux", "mail"),
    "boris": ("linux", "postgresql", "network"),
    "ilya": ("linux", "kubernetes"),
    "sofia": ("kubernetes", "windows"),
    "pavel": ("postgresql", "storage"),
    "nina": ("network", "private-cloud"),
    "oleg": ("private-cloud", "kubernetes"),
}
RULES = (
    Rule("Premium outage to its own engineer", "second-line", {"plan": ("premium",), "priority": ("high",)}, "engineer"),
    Rule("Outages straight to the second line", "second-line", {"priority": ("high",), "kind": ("incident",)}, "least_load"),
    Rule(
        "Clusters to those who know them", "second-line",
        {"service": ("kubernetes", "private-cloud"), "kind": ("incident",)}, "round_robin", skill="kubernetes", most=6,
    ),
    Rule("Bills to billing", "billing", {"service": ("billing",)}),
    Rule("Everything else", "first-line"),
)  # fmt: skip
OUTAGE = Policy("high", (Step(5, "on_duty"), Step(15, "leads"), Step(30, "role", "head")), repeat=1, pause=15)
MISSED = Policy("missed", (Step(0, "assignee"), Step(20, "leads")), priorities=("medium", "high"))


def run_the_lines(provider: Provider, *, at: datetime) -> None:
    """Write down how the lines are run, as of `at`; some days of duty lie behind, a holiday leaves a gap ahead."""
    staff, teams, head = provider.staff, provider.teams, provider.staff["hanna"]
    begun = at - timedelta(days=30)
    for key, (span, days) in HOURS.items():
        people.change_hours(staff[key], week=dict.fromkeys(days, [span]), by=head.actor, at=begun)
    for key, skills in SKILLS.items():
        people.change_skills(staff[key], skills=skills, by=head.actor, at=begun)
    monday = begun.date() - timedelta(days=begun.weekday())
    weekly = people.plan_rotation(
        team=teams["l2"], name="Round the clock", zone="Europe/Moscow", starts_on=monday, handoff=10 * 60,
        turn_hours=7 * 24, people=[staff[key] for key in ("boris", "ilya", "sofia", "pavel")], by=head, at=begun,
    )  # fmt: skip
    people.plan_rotation(
        team=teams["l3"], name="Nights and weekends", zone="Europe/Moscow", starts_on=monday, handoff=19 * 60,
        turn_hours=24, daily=(19 * 60, 9 * 60), people=[staff[key] for key in ("oleg", "nina", "viktor")],
        by=head, at=begun,
    )  # fmt: skip
    people.plan_rotation(
        team=teams["l1"], name="Evenings", zone="Europe/Moscow", starts_on=monday, handoff=18 * 60, turn_hours=24,
        daily=(18 * 60, 23 * 60), people=[staff[key] for key in ("lena", "marko", "anna", "timur")], by=head, at=begun,
    )  # fmt: skip
    _time_off(provider, weekly_start=monday, at=at)
    people.override(
        weekly, staff=staff["boris"], start=at + timedelta(days=9), end=at + timedelta(days=10), by=staff["boris"],
        at=at, why="Sofia is at a conference",
    )  # fmt: skip
    _own_engineers(provider, at=begun)
    routing.write_rules(RULES, by=head, at=begun, why="How we work since the autumn")
    escalations.write_terms("Total outage", OUTAGE, by=head, at=begun)
    escalations.write_terms("Missed promise", MISSED, by=head, at=begun)


def place_what_waits(*, at: datetime) -> None:
    """The rules are asked for what came in the last hours and has nobody, so that tickets can say why they are where they are."""
    waiting = Ticket.objects.filter(
        assignee=None, state__in=sorted(states.WITH_US), opened_at__gt=at - timedelta(hours=6)
    )
    for ticket in waiting.select_related("line", "service", "contract_version__contract").order_by("pk"):
        if ticket.line is not None:
            routing.place_by_rules(ticket, at=at, stays_with=ticket.line)


def _time_off(provider: Provider, *, weekly_start: date, at: datetime) -> None:
    coming = at + timedelta(days=(7 - (at.date() - weekly_start).days % 7) + 2)
    for key, kind, days, why in (("viktor", "holiday", 4, "With the children"), ("timur", "training", 2, "PostgreSQL")):
        who = provider.staff[key]
        people.note_absence(who, kind=kind, start=coming, end=coming + timedelta(days=days), by=who, at=at, why=why)


def _own_engineers(provider: Provider, *, at: datetime) -> None:
    staff, head = provider.staff, provider.staff["hanna"]
    pairs = ((staff["sofia"], staff["boris"]), (staff["boris"], staff["sofia"]), (staff["ilya"], staff["pavel"]))
    premium = Organisation.objects.filter(contracts__plan=Contract.Plan.PREMIUM).distinct().order_by("pk")
    for number, organisation in enumerate(premium):
        engineer, stands_in = pairs[number % len(pairs)]
        routing.name_engineers(organisation, engineer=engineer, stands_in=stands_in, by=head, at=at)
