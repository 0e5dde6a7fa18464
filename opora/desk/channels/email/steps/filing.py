"""Last step: open a ticket or add to one, and note what is known of the letter."""

from opora.desk.channels.email import rules, states, wording
from opora.desk.channels.email.case import Case, Memory, Verdict, done, stop
from opora.desk.channels.email.cleaning import clean_html
from opora.desk.channels.email.models import InboundLetter
from opora.desk.channels.email.parsing import Letter, Person
from opora.desk.customers.models import Contact
from opora.desk.kernel.actors import SYSTEM
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.actions import NewFile, NewTicket, NewWords
from opora.desk.tickets.models import Participant, Ticket, TicketLink
from opora.desk.tickets.states import ENDED

from .sender import find_contact, meet


def file_letter(case: Case) -> Verdict:
    """Done: opened, appended, or only filed (an automatic answer that belongs to no ticket). Stops if nothing is said."""
    assert case.contact is not None
    if case.ticket is not None and case.ticket.state not in ENDED:
        return _append(case, case.contact, case.ticket)
    if case.letter.automatic.reply and (case.candidate is not None or case.letter.in_reply_to):
        case.memory.to_note.append((case, False))
        return done(states.FILED, f"an automatic answer to nothing that is open: {case.letter.automatic.why}")
    return _open(case, case.contact)


def _append(case: Case, contact: Contact, ticket: Ticket) -> Verdict:
    letter = case.letter
    case.adding = NewWords(
        ticket,
        contact,
        (letter.reply_text or letter.subject or "…") + notice_of_size(case),
        quoted=letter.quoted_text,
        html=clean_html(letter.html),
        files=new_files(letter),
        channel="email",
        automatic=bool(letter.automatic),
        proved=case.proved,
    )
    if ticket.unconfirmed and not case.proved and not letter.automatic:
        case.hints.append("The sender is not proved: this letter does not confirm what was taken down by phone.")
    case.memory.addings.append(case)
    if not letter.automatic:
        _bring_others(case, contact, ticket)
    case.memory.to_note.append((case, True))
    if case.hints:
        tickets.note(ticket, by=SYSTEM, text="\n".join(case.hints), at=case.at)
    return done(states.APPENDED, f"{ticket.mark}, {case.why_candidate}")


def _bring_others(case: Case, contact: Contact, ticket: Ticket) -> None:
    """People in copy of an answer join if they are this customer's own; others are only named to the colleagues."""
    outsiders = []
    for person in rules.others_addressed(case.letter, case.memory.ours):
        known = find_contact(person.key, case.memory)
        if known is None or known.organisation_id != ticket.organisation_id or ticket.organisation_id is None:
            if known is None or not _belongs(known, ticket):
                outsiders.append(person.key)
            continue
        tickets.add_participant(ticket, contact=known, by=contact.actor, at=case.at)
    if outsiders:
        words = f"In copy of the letter, but not added because they are not this customer's: {', '.join(outsiders)}."
        tickets.note(ticket, by=SYSTEM, text=words, at=case.at)


def _belongs(contact: Contact, ticket: Ticket) -> bool:
    return contact.pk == ticket.requester_id or Participant.objects.filter(ticket=ticket, contact=contact).exists()


def _open(case: Case, contact: Contact) -> Verdict:
    """The ticket itself is written by `write_together`, with those of the other letters."""
    letter = case.letter
    if not letter.text.strip() and not letter.subject.strip() and not letter.attachments and not case.raw.left_out:
        return stop("it says nothing at all")
    follows = case.ticket is not None
    case.ticket = None
    case.opening = (
        _forwarded(case, contact)
        if case.forwarded_by
        else NewTicket(
            requester=contact,
            subject=letter.subject,
            text=((letter.reply_text if follows else letter.text) + notice_of_size(case)).strip(),
            quoted=letter.quoted_text if follows else "",
            html=clean_html(letter.html),
            files=new_files(letter),
            copy_to=_people_in_copy(case, contact),
            channel="email",
            priority="medium",
            automatic=bool(letter.automatic),
            at=case.raw.received_at,
        )
    )
    case.memory.openings.append(case)
    case.memory.to_note.append((case, True))
    return done(states.OPENED, "" if case.candidate is None else f"linked with {case.candidate.mark}")


def _forwarded(case: Case, contact: Contact) -> NewTicket:
    """The customer's own words open the ticket; what the colleague wrote above them is a note."""
    letter, forwarded = case.letter, case.letter.forwarded
    assert case.forwarded_by is not None and forwarded is not None
    words = f": {letter.reply_text.strip()}" if letter.reply_text.strip() and letter.quoted_text.strip() else "."
    case.hints.append(f"{case.forwarded_by.name} forwarded this letter{words}")
    return NewTicket(
        requester=contact,
        subject=forwarded.subject or letter.subject,
        text=(letter.quoted_text.strip() or letter.text.strip() or letter.subject),
        files=new_files(letter),
        channel="email",
        priority="medium",
        at=case.raw.received_at,
    )


def write_together(memory: Memory) -> None:
    """Open and add to the tickets as these letters ask, and note what is known of each. Raises what the tickets' room raises."""
    added = [(case, case.adding) for case in memory.addings if case.adding is not None]
    if added:
        messages = tickets.customers_wrote([words for _, words in added], at=added[0][0].at)
        for (case, _), message in zip(added, messages, strict=True):
            case.message = message
    opened = tickets.open_tickets([case.opening for case in memory.openings if case.opening is not None])
    for case, (ticket, message) in zip(memory.openings, opened, strict=True):
        case.ticket, case.message = ticket, message
        if case.candidate is not None:
            tickets.link(ticket, other=case.candidate, kind=TicketLink.Kind.RELATED, by=SYSTEM, at=case.at)
        if case.hints:
            tickets.note(ticket, by=SYSTEM, text="\n".join(case.hints), at=case.at)
    InboundLetter.objects.bulk_create(
        _facts(case, case.ticket if belongs else None) for case, belongs in memory.to_note
    )
    memory.addings.clear()
    memory.openings.clear()
    memory.to_note.clear()


def _people_in_copy(case: Case, contact: Contact) -> list[Contact]:
    """Who is in copy from the first letter on. With a customer's ticket only its own people; others are named in a hint."""
    copies: list[Contact] = []
    outsiders: list[str] = []
    for person in rules.others_addressed(case.letter, case.memory.ours):
        found = find_contact(person.key, case.memory) or _new_colleague(case, contact, person)
        if found is None or found.organisation_id != contact.organisation_id:
            outsiders.append(person.key)
        else:
            copies.append(found)
    if outsiders:
        case.hints.append(
            f"In copy of the letter, but not added because they are not this customer's: {', '.join(outsiders)}."
        )
    return copies


def _new_colleague(case: Case, contact: Contact, person: Person) -> Contact | None:
    """Somebody not met before: a stranger beside a stranger, or one at a domain of the customer's."""
    organisation = contact.organisation
    domain = person.key.rpartition("@")[2]
    if not person.key.isascii() or (organisation is not None and domain not in organisation.domains):
        return None
    met = meet(case, person)
    return met if met.organisation_id == contact.organisation_id else None


def _facts(case: Case, ticket: Ticket | None) -> InboundLetter:
    return InboundLetter(
        raw=case.raw,
        ticket=ticket,
        message=case.message,
        contact=case.contact,
        mailbox=case.mailbox,
        candidate=case.candidate if case.refused else None,
        mail_id=case.mail_id,
        references=list(case.letter.references),
        content_hash=case.letter.content_hash,
        sender=case.sender_key,
        addressed=rules.all_addressed(case.letter),
        automatic=case.letter.automatic.why[:200],
        answerable=case.letter.automatic.answerable and (case.proved or not case.raw.left_out),
        at=case.at,
    )


def notice_of_size(case: Case) -> str:
    """What stands below the beginning of a letter that was too large to be taken, in the customer's language."""
    if not case.raw.left_out:
        return ""
    assert case.contact is not None
    with wording.speaking(case.contact.language):
        return "\n\n" + wording.too_large((case.raw.size + case.raw.left_out) // 1024 // 1024)


def new_files(letter: Letter) -> list[NewFile]:
    """The letter's files as the ticket takes them."""
    return [NewFile(file.name, file.type, file.content, file.content_id, file.inline) for file in letter.attachments]
