"""My organisation: its people, its systems, and the contract in plain words. For owners, who also name people."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from opora.desk.consent.queries import open_nominations
from opora.desk.customers.models import ContactRole
from opora.desk.customers.policies import names_people
from opora.desk.customers.queries import terms_in_force
from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.web.components.doors import ContactRequest, for_contact
from opora.desk.web.portal import actions, agreement, forms, queries
from opora.desk.workroom.queries import seal_of

ROLES = dict(ContactRole.choices)


@require_safe
@for_contact
def organisation(request: ContactRequest) -> HttpResponse:
    """The page. It does not exist for those who are not owners."""
    return _show(request, forms.ColleagueForm(label_suffix=""))


@require_POST
@for_contact
def add_person(request: ContactRequest) -> HttpResponse:
    """One more colleague; what cannot be taken is shown again."""
    form = forms.ColleagueForm(request.POST, label_suffix="")
    if names_people(request.contact) and form.is_valid():
        try:
            person = actions.name_colleague(by=request.contact, at=request.at, **form.cleaned_data)
        except Refused as refused:
            form.add_error("email", refused.message)
        else:
            messages.success(request, _("%(name)s may write to us from now on.") % {"name": person.name})
            return HttpResponseRedirect(resolve_url("portal:organisation") + "#people-title")
    return _show(request, form)


@require_POST
@for_contact
def change_roles(request: ContactRequest, number: int) -> HttpResponse:
    """Other roles for a colleague of the owner's own organisation."""
    found = [person for person in queries.colleagues_of(request.contact) if person.pk == number]
    form = forms.RolesForm(request.POST)
    if not names_people(request.contact) or not found or not form.is_valid():
        raise NotHere
    actions.give_roles(found[0], by=request.contact, roles=form.cleaned_data["roles"], at=request.at)
    messages.success(request, _("The roles of %(name)s are changed.") % {"name": found[0].name})
    return HttpResponseRedirect(resolve_url("portal:organisation") + "#people-title")


def _show(request: ContactRequest, form: forms.ColleagueForm) -> HttpResponse:
    contact = request.contact
    if contact.organisation is None or not names_people(contact):
        raise NotHere
    terms = terms_in_force(contact.organisation, at=request.at)
    people = queries.people_of(contact.organisation)
    context = {
        "organisation": contact.organisation,
        "people": [(person, [ROLES[role] for role in person.roles]) for person in people],
        "every_role": list(ROLES.items()),
        "form": form,
        "nominations": list(open_nominations(contact)),
        "systems": queries.systems_of(contact),
        "terms": terms,
        "seal": seal_of(contact.organisation),
        "agreed": agreement.in_words(terms) if terms else None,
    }
    return render(request, "portal/organisation.html", context, status=422 if form.is_bound else 200)
