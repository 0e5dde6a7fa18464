"""Letters of colleagues: an answer into a ticket is a note of theirs, a customer's letter they forward is that customer's.

Only when the colleague is proved. A From address that merely says so opens no door; what it claims is told and not believed.
"""

from opora.desk.channels.email import rules, states
from opora.desk.channels.email.case import Case, Verdict, done, go_on
from opora.desk.channels.email.parsing import Person
from opora.desk.channels.email.parsing.addresses import is_mailable
from opora.desk.people.models import Staff
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket

from .filing import new_files
from .sender import find_contact, meet


def hear_colleague(case: Case) -> Verdict:
    """Done for a proved colleague's letter into a ticket; finds the customer behind one that is forwarded."""
    colleague = case.memory.colleague(case.sender_key)
    if colleague is None or case.letter.automatic:
        return go_on()
    if not case.proved:
        case.hints.append(f"It says that it comes from {colleague.name}, a colleague, but nothing proves that.")
        return go_on("it says it comes from a colleague; not proved")
    if (ticket := _named(case)) is not None:
        return _note(case, colleague, ticket)
    if (customer := _customer_behind(case)) is not None:
        case.contact = find_contact(customer.key, case.memory) or meet(case, customer)
        case.forwarded_by = colleague
        return go_on(f"{colleague.name} forwards a letter of {customer.key}")
    return go_on("a colleague's own letter")


def _named(case: Case) -> Ticket | None:
    numbers = [number for number, _ in case.memory.tickets_named(case)]
    return next((case.memory.tickets[number] for number in numbers if number in case.memory.tickets), None)


def _note(case: Case, colleague: Staff, ticket: Ticket) -> Verdict:
    """Never a public answer: what leaves the house is written in the console, where it is seen before it goes."""
    words = case.letter.reply_text.strip() or case.letter.subject or "…"
    tickets.note(ticket, by=colleague.actor, text=words, files=new_files(case.letter), at=case.at)
    case.ticket = ticket
    case.memory.to_note.append((case, True))
    return done(states.APPENDED, f"{ticket.mark}, a note of {colleague.name}")


def _customer_behind(case: Case) -> Person | None:
    """Who wrote what is forwarded; nobody when it is ourselves or a colleague."""
    forwarded = case.letter.forwarded
    person = forwarded.sender if forwarded else None
    if person is None or not is_mailable(person.key) or not person.key.isascii():
        return None
    if rules.is_ours(person.key, case.memory.ours) or case.memory.colleague(person.key) is not None:
        return None
    return person
