"""Customers by API, for colleagues only."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router

from opora.desk.customers.models import Contact, Organisation
from opora.desk.customers.queries import terms_in_force
from opora.desk.kernel.clock import now
from opora.desk.kernel.errors import NotHere
from opora.desk.web.api.callers import caller_of
from opora.desk.web.api.shapes import CustomerOut, CustomerPage, CustomersAsked, Id, Wrong

router = Router(tags=["customers"])
NO = {401: Wrong, 403: Wrong, 404: Wrong, 422: Wrong}


@router.get("/customers", response={200: CustomerPage, **NO}, summary="Customers by number")
def list_customers(request: HttpRequest, asked: Annotated[CustomersAsked, Query()]) -> dict[str, Any]:
    """All customers, a page at a time."""
    _permit(request)
    rows = Organisation.objects.filter(pk__gt=asked.after or 0).order_by("pk")
    found = list(rows[: asked.limit + 1])
    more = found[asked.limit - 1].pk if len(found) > asked.limit else None
    return {"customers": [_line(row) for row in found[: asked.limit]], "next_after": more}


@router.get("/customers/{number}", response={200: CustomerOut, **NO}, summary="One customer")
def show_customer(request: HttpRequest, number: Annotated[Id, Path()]) -> dict[str, Any]:
    """The customer with its plan, people and systems."""
    _permit(request)
    row = Organisation.objects.filter(pk=number).first()
    if row is None:
        raise NotHere
    terms = terms_in_force(row, at=now())
    people = row.contacts.prefetch_related("addresses", "phones").order_by("pk")
    systems = row.systems.select_related("service").filter(retired_at__isnull=True).order_by("pk")
    return {
        **_line(row),
        "plan": terms.contract.plan if terms else None,
        "contacts": [_contact(person) for person in people],
        "systems": [
            {
                "id": one.pk,
                "name": one.name,
                "service": one.service.slug,
                "addresses": one.addresses,
                "accepted_at": one.accepted_at,
            }
            for one in systems
        ],
    }


def _permit(request: HttpRequest) -> None:
    caller = caller_of(request)
    caller.asks("customers:read")
    caller.staff("tickets:read")


def _line(row: Organisation) -> dict[str, Any]:
    return {"id": row.pk, "name": row.name, "language": row.language, "zone": row.zone, "active": row.active}


def _contact(row: Contact) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "roles": row.roles,
        "emails": [address.email for address in row.addresses.all()],
        "phones": [phone.number for phone in row.phones.all()],
        "active": row.active,
    }
