"""Who is trusted with what, in one table that a person can read aloud."""

from opora.desk.people.models import Membership, Role, Staff, Team

ENGINEERS = frozenset({Role.L1, Role.L2, Role.L3, Role.DEDICATED})
COLLEAGUES = frozenset({Role.BILLING, Role.SALES, Role.PRODUCT, Role.RND})
LEADERS = frozenset({Role.HEAD, Role.ADMIN})

MAY: dict[str, frozenset[str]] = {
    "calls:listen": LEADERS,
    "calls:make": frozenset({Role.OPERATOR, *ENGINEERS, *LEADERS}),
    "calls:script": LEADERS,
    "calls:take": frozenset({Role.OPERATOR, *LEADERS}),
    "consent:ask": frozenset({Role.OPERATOR, *ENGINEERS, *LEADERS}),
    "customers:edit": frozenset({Role.SALES, *LEADERS}),
    "duty:plan": LEADERS,
    "duty:see": frozenset(Role.values),
    "customers:touch": ENGINEERS,
    "routing:edit": LEADERS,
    "routing:see": frozenset({*ENGINEERS, *LEADERS}),
    "incidents:join": frozenset({Role.OPERATOR, *ENGINEERS, *COLLEAGUES, *LEADERS}),
    "mail:handle": frozenset({*ENGINEERS, *LEADERS}),
    "people:edit": LEADERS,
    "settings:edit": frozenset({Role.ADMIN}),
    "sla:edit": LEADERS,
    "tickets:bulk": frozenset({*ENGINEERS, *LEADERS}),
    "tickets:open": frozenset(Role.values),
    "tickets:read": frozenset(Role.values),
    "tickets:reply": frozenset({*ENGINEERS, *COLLEAGUES, *LEADERS}),
    "tickets:note": frozenset(Role.values),
    "tickets:work": frozenset({*ENGINEERS, *COLLEAGUES, *LEADERS}),
    "vendors:ask": frozenset({Role.L3, *LEADERS}),
    "vendors:edit": frozenset({Role.L3, *LEADERS}),
}


def may(staff: Staff, act: str) -> bool:
    """True when one of the colleague's roles allows the act. An act nobody wrote down is refused (KeyError: a bug)."""
    return staff.active and not MAY[act].isdisjoint(staff.roles)


def leads(staff: Staff) -> bool:
    """True for the head of support and for those who lead a team: the people who decide what others may not."""
    if not staff.active:
        return False
    return not LEADERS.isdisjoint(staff.roles) or Membership.objects.filter(staff=staff, lead=True).exists()


def may_plan(staff: Staff, team: Team) -> bool:
    """True for those who plan the duty of a team: its own leads, and leaders of the whole support."""
    if may(staff, "duty:plan"):
        return True
    return staff.active and Membership.objects.filter(staff=staff, team=team, lead=True).exists()
