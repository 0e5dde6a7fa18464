"""Who wrote this. What the letter says is all there is: a From address is a claim, not a proof."""

from opora.desk.channels.email import rules
from opora.desk.channels.email.case import Case, Memory, Verdict, go_on, stop
from opora.desk.channels.email.parsing import Person
from opora.desk.channels.email.parsing.addresses import is_mailable
from opora.desk.customers import actions as customers
from opora.desk.customers.models import Contact
from opora.desk.customers.queries import organisation_of_domain
from opora.desk.kernel.actors import SYSTEM


def who_is_this(case: Case) -> Verdict:
    """Stops for a letter nobody could be answered for; a stranger becomes a contact, in the organisation of its domain."""
    if case.contact is not None:
        return go_on(f"the customer behind it: contact {case.contact.pk}")
    if not is_mailable(case.sender_key) or not case.sender_key.isascii():
        return stop(f"no sender who could be answered: {case.sender.email[:100] or 'none'}")
    known = find_contact(case.sender_key, case.memory)
    if known:
        case.contact = known
        return go_on(f"contact {known.pk}")
    case.contact = meet(case, case.sender)
    return go_on(f"a new contact, {case.contact.pk}")


def find_contact(email: str, memory: Memory) -> Contact | None:
    """The active person who owns the address."""
    memory.look_up({email})
    return memory.contacts.get(email)


def meet(case: Case, person: Person) -> Contact:
    """A new contact for a person met in this letter."""
    organisation = organisation_of_domain(person.key)
    words = f"{case.letter.subject} {case.letter.reply_text[:1000]}"
    language = organisation.language if organisation else rules.guess_language(words, "en")
    contact = customers.add_contact(
        organisation=organisation,
        name=person.name or person.key.partition("@")[0],
        emails=[person.key],
        language=language,
        by=SYSTEM,
        at=case.at,
    )
    case.memory.contacts[person.key] = contact
    return contact
