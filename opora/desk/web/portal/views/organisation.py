"""My organisation: its people, its systems, and the contract in plain words. For owners; read only."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from opora.desk.customers.models import ContactRole
from opora.desk.customers.queries import terms_in_force
from opora.desk.kernel.errors import NotHere
from opora.desk.web.components.doors import ContactRequest, for_contact
from opora.desk.web.portal import agreement, queries

ROLES = dict(ContactRole.choices)


@require_safe
@for_contact
def organisation(request: ContactRequest) -> HttpResponse:
    """The page. It does not exist for those who are not owners."""
    contact = request.contact
    if contact.organisation is None or not contact.holds(ContactRole.OWNER):
        raise NotHere
    terms = terms_in_force(contact.organisation, at=request.at)
    context = {
        "organisation": contact.organisation,
        "people": [
            (person, [ROLES[role] for role in person.roles]) for person in queries.people_of(contact.organisation)
        ],
        "systems": queries.systems_of(contact),
        "terms": terms,
        "agreed": agreement.in_words(terms) if terms else None,
    }
    return render(request, "portal/organisation.html", context)
