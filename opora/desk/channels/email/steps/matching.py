"""Which ticket a letter belongs to. A match is only a candidate: it counts if the sender belongs to that ticket.

The order: our signed token (in the addresses, then in the ids answered), ids of letters we know, the tag in the subject.
Never the words of the letter: they are quoted, forwarded and invented too easily.
"""

from opora.desk.channels.email.case import Case, Verdict, go_on
from opora.desk.channels.email.models import RawLetter
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.policies import may_write_to

MERGES_LIMIT = 10


def which_ticket(case: Case) -> Verdict:
    """Always continues; sets the ticket, or the candidate with a hint why it was not taken."""
    candidate = _candidate(case)
    if candidate is None:
        return go_on("it names no ticket of ours")
    case.candidate = candidate
    if case.raw.authenticity == RawLetter.Authenticity.FAIL:
        case.refused = True
        case.hints.append(
            f"The letter names {candidate.mark} ({case.why_candidate}), but the owner of its sender's domain does not stand "
            "behind it. It was not added there."
        )
        return go_on(f"{candidate.mark} by {case.why_candidate}, refused: the sender may be forged")
    if case.contact is None or not may_write_to(case.contact, candidate):
        case.refused = True
        case.hints.append(
            f"The letter names {candidate.mark} ({case.why_candidate}), but {case.sender_key} does not belong to it. "
            "It was not added there."
        )
        return go_on(f"{candidate.mark} by {case.why_candidate}, refused: the sender does not belong to it")
    case.ticket = candidate
    return go_on(f"{candidate.mark} by {case.why_candidate}")


def _candidate(case: Case) -> Ticket | None:
    for number, how in case.memory.tickets_named(case):
        if ticket := _follow(case, number):
            case.why_candidate = how
            return ticket
    return None


def _follow(case: Case, number: int) -> Ticket | None:
    """The ticket, or the one it was merged into."""
    known = case.memory.tickets
    ticket = known.get(number)
    for _ in range(MERGES_LIMIT):
        if ticket is None or ticket.merged_into_id is None:
            break
        into = ticket.merged_into_id
        if into not in known:
            known |= Ticket.objects.select_related("requester", "organisation").in_bulk([into])
        ticket = known.get(into)
    return ticket
