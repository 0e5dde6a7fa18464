"""Who on the customer's side may see and do what."""

from opora.desk.customers.models import Contact, ContactRole


def sees_colleagues_requests(contact: Contact) -> bool:
    """Owners and technical contacts see the requests of their whole organisation; others only their own."""
    return contact.organisation_id is not None and contact.holds(ContactRole.OWNER, ContactRole.TECHNICAL)


def names_people(contact: Contact) -> bool:
    """Owners say who speaks for their organisation and in which role."""
    return contact.organisation_id is not None and contact.holds(ContactRole.OWNER)
