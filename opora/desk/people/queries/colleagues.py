"""Questions about colleagues and lines."""

from django.db import connection

from opora.desk.kernel.kept import Kept
from opora.desk.people.models import Account, Role, Staff, Team


def staff_of_account(account: Account) -> Staff | None:
    """The active colleague behind an account, or None."""
    return Staff.objects.filter(account=account, active=True, account__is_active=True).first()


def staff_behind(account_id: int) -> Staff | None:
    """The active colleague behind an account's number, with the account, in one statement; or None."""
    return _staff_behind.first(account_id)


_staff_behind = Kept(
    lambda account: Staff.objects.select_related("account").filter(
        account_id=account, active=True, account__is_active=True
    )
)


def team_ids_of(staff: Staff) -> list[int]:
    """The teams a colleague belongs to."""
    return list(Team.objects.filter(membership__staff=staff).values_list("pk", flat=True))


def first_line() -> Team | None:
    """The line where new tickets arrive when nothing else is said."""
    return Team.objects.filter(kind=Team.Kind.L1).order_by("pk").first()


def leads_of(team: Team) -> list[Staff]:
    """Those who lead the team."""
    return list(Staff.objects.filter(membership__team=team, membership__lead=True, active=True).order_by("pk"))


def people_of(team: Team) -> list[int]:
    """The numbers of those who work in the team."""
    return list(Staff.objects.filter(membership__team=team, active=True).values_list("pk", flat=True))


def heads() -> list[Staff]:
    """The active heads of support."""
    return list(Staff.objects.filter(roles__contains=[Role.HEAD], active=True).order_by("pk"))


def lines() -> list[Team]:
    """Every team a ticket can be with, the first line first."""
    return list(Team.objects.order_by("pk"))


def colleagues() -> list[Staff]:
    """Every active colleague by name."""
    return list(Staff.objects.filter(active=True).order_by("name", "pk"))


def line_names() -> list[tuple[int, str]]:
    """Number and name of every team, the first line first; for lists to choose from."""
    return _pairs("select id, name from people_team order by id")


def colleague_names() -> list[tuple[int, str]]:
    """Number and name of every active colleague, by name; for lists to choose from."""
    return _pairs("select id, name from people_staff where active order by name, id")


def _pairs(statement: str) -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
