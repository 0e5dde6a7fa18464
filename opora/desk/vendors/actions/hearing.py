"""The vendor answered: by letter, or by telephone and written down. Its words are ours alone, never the customer's thread."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.kernel.actions import Actor
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.moves import compare_and_set, move
from opora.desk.sla import actions as sla
from opora.desk.sla.queries import open_clock
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.actions import NewFile
from opora.desk.vendors import events, rules, states
from opora.desk.vendors.actions.asking import ABOUT, PROMISE, tell
from opora.desk.vendors.models import VendorCase, VendorWord


@transaction.atomic
def vendor_answered(
    case: VendorCase,
    *,
    text: str,
    by: Actor,
    at: datetime,
    sender: str = "",
    mail_id: str = "",
    files: Sequence[NewFile] = (),
    automatic: bool = False,
) -> VendorWord:
    """Keep the answer on the case and as an internal note, stop the vendor's clock, take the ticket back into work.

    An automatic receipt is kept, but answers nothing: the clock and the chasing go on. Raises Refused without words.
    """
    words = rules.clean_text(text)
    if not words and not files:
        raise Refused("vendors.empty_answer", _("Write down what the vendor said."))
    author = by.id if by.kind == "staff" else None
    word = VendorWord.objects.create(
        case=case, at=at, ours=False, author_id=author, sender=sender[:320], text=words, mail_id=mail_id[:420]
    )
    _note(case, word, by, at, files)
    if automatic:
        return word
    clock = open_clock(PROMISE, (ABOUT, case.pk))
    if clock is not None:
        sla.stop_clock(clock, by=by, at=at)
    if case.state == states.ANSWERED or _another_is_open(case):
        compare_and_set(case, {"state": case.state}, next_chase_at=None)
    else:
        move(case, to=states.ANSWERED, table=states.MOVES, next_chase_at=None, closed_at=None)
    tickets.vendor_spoke(case.ticket, by=by, at=at, why=str(case.vendor))
    tell(case, events.ANSWERED, by=by, at=at, word=word.pk)
    return word


def _another_is_open(case: VendorCase) -> bool:
    """A settled case stays settled when the matter went on in a newer one there."""
    if case.state != states.CLOSED:
        return False
    return VendorCase.objects.filter(ticket=case.ticket_id, vendor=case.vendor_id).exclude(state=states.CLOSED).exists()


def _note(case: VendorCase, word: VendorWord, by: Actor, at: datetime, files: Sequence[NewFile]) -> None:
    named = case.number or case.mark
    heading = _("%(vendor)s answered (%(number)s):") % {"vendor": case.vendor, "number": named}
    tickets.note(case.ticket, by=by, text=f"{heading}\n\n{word.text}", at=at, files=files)
