"""Swapping duty: one asks, the other says yes or no. Only a yes changes the roster."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.kernel.actions import announce
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.moves import move
from opora.desk.people import events, states
from opora.desk.people.actions.duty import override
from opora.desk.people.models import DutySwap, Membership, Rotation, Staff
from opora.desk.people.queries.duty import roster_of


@transaction.atomic
def ask_swap(
    rotation: Rotation, *, asked: Staff, start: datetime, end: datetime, by: Staff, at: datetime, words: str = ""
) -> DutySwap:
    """Ask a colleague of the team to take one's own duty between two moments.

    Raises Refused when it is not one's own duty all that time, lies in the past, or the other cannot take it.
    """
    if end <= start or end <= at:
        raise Refused("people.swap_in_the_past", _("Choose a stretch that is still to come."))
    if asked.pk == by.pk or not asked.active:
        raise Refused("people.swap_with_whom", _("Choose a colleague who works here."))
    if not Membership.objects.filter(team=rotation.team_id, staff=asked).exists():
        raise Refused("people.not_in_team", _("%(name)s is not in this team.") % {"name": asked.name})
    if not _has_all(rotation, by, start, end):
        raise Refused("people.not_your_duty", _("You can only give away duty that is yours for all of that time."))
    swap = DutySwap.objects.create(
        rotation=rotation, asker=by, asked=asked, start=start, end=end, words=words[:300], asked_at=at
    )
    announce(
        events.SWAP_ASKED,
        subject=("staff", asked.pk),
        by=by.actor,
        at=at,
        why=words,
        swap=swap.pk,
        start=start.isoformat(),
        end=end.isoformat(),
    )
    return swap


@transaction.atomic
def answer_swap(swap: DutySwap, *, yes: bool, by: Staff, at: datetime) -> None:
    """Yes takes the duty, no leaves it.

    Raises Refused for anybody but the one who was asked and for a yes to what is over or has gone to somebody else meanwhile,
    Clash when it is decided.
    """
    if by.pk != swap.asked_id:
        raise Refused("people.not_asked", _("Only the colleague who was asked can answer."))
    if yes and (swap.end <= at or not _has_all(swap.rotation, swap.asker, swap.start, swap.end)):
        raise Refused(
            "people.duty_has_moved",
            _("%(name)s no longer has this duty. Say no, and look at the roster.") % {"name": swap.asker.name},
        )
    move(swap, to=states.ACCEPTED if yes else states.DECLINED, table=states.SWAPS, answered_at=at)
    if yes:
        override(swap.rotation, staff=by, start=swap.start, end=swap.end, by=by, at=at, why=swap.words, swap=swap)
    announce(events.SWAP_ANSWERED, subject=("staff", swap.asker_id), by=by.actor, at=at, swap=swap.pk, yes=yes)


@transaction.atomic
def withdraw_swap(swap: DutySwap, *, by: Staff, at: datetime) -> None:
    """The one who asked needs it no more. Raises Refused for anybody else, and once it is decided."""
    if by.pk != swap.asker_id:
        raise Refused("people.not_asker", _("Only the colleague who asked can take it back."))
    move(swap, to=states.WITHDRAWN, table=states.SWAPS, answered_at=at)


def _has_all(rotation: Rotation, staff: Staff, start: datetime, end: datetime) -> bool:
    stints = roster_of(rotation, since=start, until=end)
    whole = bool(stints) and stints[0].start == start and stints[-1].end == end
    return whole and all(stint.person == staff.pk for stint in stints)
