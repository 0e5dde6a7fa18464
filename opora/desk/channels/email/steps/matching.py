"""Which ticket a letter belongs to. A match is only a candidate: it counts if the sender belongs to that ticket.

The order: our signed token (in the addresses, then in the ids answered), ids of letters we know, the tag in the subject.
Never the words of the letter: they are quoted, forwarded and invented too easily.
"""

from opora.desk.channels.email import identity, rules
from opora.desk.channels.email.case import Case, Verdict, go_on
from opora.desk.channels.email.models import InboundLetter, OutgoingLetter
from opora.desk.channels.email.tokens import find_ticket
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.policies import may_write_to

MERGES_LIMIT = 10


def which_ticket(case: Case) -> Verdict:
    """Always continues; sets the ticket, or the candidate with a hint why it was not taken."""
    candidate = _candidate(case)
    if candidate is None:
        return go_on("it names no ticket of ours")
    case.candidate = candidate
    if case.contact is None or not may_write_to(case.contact, candidate):
        case.hints.append(
            f"The letter names {candidate.mark} ({case.why_candidate}), but {case.sender_key} does not belong to it. "
            "It was not added there."
        )
        return go_on(f"{candidate.mark} by {case.why_candidate}, refused: the sender does not belong to it")
    case.ticket = candidate
    return go_on(f"{candidate.mark} by {case.why_candidate}")


def _candidate(case: Case) -> Ticket | None:
    answered = rules.answered_ids(case.letter)
    addresses = [*case.raw.envelope_to, *case.letter.delivered_to, *rules.all_addressed(case.letter)]
    plus = [address for address in addresses if "+t+" in address]
    number = find_ticket([*plus, *answered], identity.token_key())
    if number is not None:
        case.why_candidate, case.by_token = "our signed token", True
        return _follow(number)
    if answered and (number := _by_known_id(answered)) is not None:
        case.why_candidate = "an answered letter"
        return _follow(number)
    for number in rules.tagged_tickets(case.letter.subject)[:3]:
        if ticket := _follow(number):
            case.why_candidate = "the subject"
            return ticket
    return None


def _by_known_id(ids: list[str]) -> int | None:
    """The ticket of the likeliest answered letter that we know, received or sent."""
    known: dict[str, int | None] = dict(
        InboundLetter.objects.filter(mail_id__in=ids, ticket__isnull=False).values_list("mail_id", "ticket_id")
    )
    if not known:
        rows = OutgoingLetter.objects.filter(mail_id__in=ids, ticket__isnull=False)
        known = dict(rows.values_list("mail_id", "ticket_id"))
    return next((known[one] for one in ids if one in known), None)


def _follow(number: int) -> Ticket | None:
    """The ticket, or the one it was merged into."""
    ticket = Ticket.objects.filter(pk=number).select_related("requester", "organisation").first()
    for _ in range(MERGES_LIMIT):
        if ticket is None or ticket.merged_into_id is None:
            break
        ticket = Ticket.objects.filter(pk=ticket.merged_into_id).select_related("requester", "organisation").first()
    return ticket
