"""Changing who works here. Every change is an event; secrets are never part of it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from opora.desk.kernel.actions import Actor, announce
from opora.desk.kernel.moves import compare_and_set
from opora.desk.people.models import Account, Membership, Staff, Team


@transaction.atomic
def hire(
    *,
    email: str,
    name: str,
    roles: Sequence[str],
    by: Actor,
    at: datetime,
    password: str | None = None,
    languages: Sequence[str] = ("en",),
    zone: str = "Europe/Moscow",
    language: str = "en",
) -> Staff:
    """A new colleague with an account. Raises IntegrityError when the address is taken."""
    account = Account.objects.create_user(email, password, language=language, zone=zone, made_at=at)
    staff = Staff.objects.create(account=account, name=name, roles=list(roles), languages=list(languages), zone=zone)
    announce("people.hired", subject=("staff", staff.pk), by=by, at=at, roles=list(roles))
    return staff


@transaction.atomic
def form_team(*, slug: str, name: str, kind: str, by: Actor, at: datetime) -> Team:
    """A new team with an empty queue."""
    team = Team.objects.create(slug=slug, name=name, kind=kind)
    announce("people.team_formed", subject=("team", team.pk), by=by, at=at, name=name)
    return team


@transaction.atomic
def join_team(staff: Staff, team: Team, *, by: Actor, at: datetime, lead: bool = False) -> Membership:
    """The membership; joining twice changes only whether the colleague leads."""
    membership, _ = Membership.objects.update_or_create(team=team, staff=staff, defaults={"lead": lead})
    announce("people.joined_team", subject=("staff", staff.pk), by=by, at=at, team=team.pk, lead=lead)
    return membership


@transaction.atomic
def change_roles(staff: Staff, *, roles: Sequence[str], by: Actor, at: datetime, why: str) -> None:
    """Other roles from now on; the reason stays in the history."""
    old = list(staff.roles)
    compare_and_set(staff, {"roles": old}, roles=list(roles))
    announce("people.roles_changed", subject=("staff", staff.pk), by=by, at=at, why=why, old=old, new=list(roles))


@transaction.atomic
def let_go(staff: Staff, *, by: Actor, at: datetime, why: str) -> None:
    """The colleague can no longer sign in; everything they did keeps their name."""
    compare_and_set(staff, {"active": True}, active=False)
    Account.objects.filter(pk=staff.account_id).update(is_active=False)
    announce("people.let_go", subject=("staff", staff.pk), by=by, at=at, why=why)


def prefer(account: Account, **choices: str | bool) -> None:
    """How the person likes to read: `language`, `zone`, `theme`, `density`, `shortcuts`. A taste, not a fact: no event."""
    unknown = choices.keys() - {"language", "zone", "theme", "density", "shortcuts"}
    if unknown:
        raise TypeError(f"not a preference: {', '.join(sorted(unknown))}")
    if choices:
        Account.objects.filter(pk=account.pk).update(**choices)


@transaction.atomic
def leave_team(staff: Staff, team: Team, *, by: Actor, at: datetime) -> None:
    """No longer in the team; leaving twice changes nothing."""
    if Membership.objects.filter(staff=staff, team=team).delete()[0]:
        announce("people.left_team", subject=("staff", staff.pk), by=by, at=at, team=team.pk)


@transaction.atomic
def give_password(staff: Staff, *, password: str, by: Actor, at: datetime, why: str) -> None:
    """A temporary password for somebody new, or who forgot theirs: it must be changed at the next sign-in. Every session
    of theirs ends, for sessions hang on the password."""
    account = staff.account
    account.set_password(password)
    account.password_is_temporary = True
    account.save(update_fields=["password", "password_is_temporary"])
    announce("people.password_given", subject=("staff", staff.pk), by=by, at=at, why=why)


@transaction.atomic
def take_back(staff: Staff, *, by: Actor, at: datetime, why: str) -> None:
    """The colleague works here again, with the roles of before."""
    compare_and_set(staff, {"active": False}, active=True)
    Account.objects.filter(pk=staff.account_id).update(is_active=True)
    announce("people.taken_back", subject=("staff", staff.pk), by=by, at=at, why=why)
