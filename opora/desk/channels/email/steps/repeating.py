"""Copies of a letter we have already: the same id and the same content. The same id alone proves nothing."""

from opora.desk.channels.email import states
from opora.desk.channels.email.case import Case, Verdict, done, go_on
from opora.desk.tickets.models import Ticket


def recognise_copy(case: Case) -> Verdict:
    """Done for a copy. Another letter under a known id goes on, and the reason says so."""
    known = case.memory.copies.get(case.mail_id, [])
    for raw_id, content_hash, ticket_id in known:
        if content_hash == case.letter.content_hash:
            case.ticket = Ticket.objects.filter(pk=ticket_id).first() if ticket_id else None
            return done(states.DUPLICATE, f"the same id and content as letter {raw_id}")
    return go_on(f"the id of letter {known[0][0]}, but other words" if known else "")
