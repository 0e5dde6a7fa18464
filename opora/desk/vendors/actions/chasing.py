"""Asking again by ourselves: in the vendor's hours, after the agreed pause, never more often than agreed."""

from datetime import datetime

from django.db import transaction

from opora.desk.kernel.actors import SYSTEM
from opora.desk.kernel.moves import compare_and_set
from opora.desk.tickets import states as ticket_states
from opora.desk.vendors import events, states
from opora.desk.vendors.actions.asking import next_chase, tell
from opora.desk.vendors.models import VendorCase, VendorWord


@transaction.atomic
def chase_again(case: VendorCase, *, at: datetime) -> bool:
    """Ask once more when the time has come; True when we did. After the last time the desk is told that they are silent.

    The row must be locked. A ticket that waits for somebody else meanwhile is not asked about.
    """
    if case.state != states.ASKED or case.next_chase_at is None or case.next_chase_at > at:
        return False
    if case.ticket.state != ticket_states.WAITING_VENDOR:
        compare_and_set(case, {"state": states.ASKED}, next_chase_at=next_chase(case, at))
        return False
    word = VendorWord.objects.create(case=case, at=at, ours=True, text="", chase=True)
    case.asked_again += 1
    due = next_chase(case, at)
    compare_and_set(case, {"state": states.ASKED}, asked_again=case.asked_again, next_chase_at=due)
    tell(case, events.ASKED, by=SYSTEM, at=at, word=word.pk, chase=True, times=case.asked_again)
    if due is None:
        tell(case, events.SILENT, by=SYSTEM, at=at, times=case.asked_again)
    return True
