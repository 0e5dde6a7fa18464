"""Pausing, going on, stopping, asking the engineer, and letting a colleague of the customer's look on.

An order is kept first and sent after its transaction; what could not be sent is sent again by the worker until it is taken.
"""

import logging
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.customers.models import Contact
from opora.desk.kernel.actions import SYSTEM, announce
from opora.desk.kernel.actors import Actor
from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.kernel.moves import compare_and_set
from opora.desk.people.models import Staff
from opora.desk.workroom import events, policies, states
from opora.desk.workroom.gateway import Away, Declined, gateway
from opora.desk.workroom.models import Agreement, GatewayOrder, ViewingLink, WorkSession
from opora.desk.workroom.queries import paused_by_customer
from opora.desk.workroom.tokens import hash_of, new_token

log = logging.getLogger("opora.workroom")

LONGEST_WORDS = 1000


def order(session: WorkSession, *, do: str, by: Contact, words: str = "", at: datetime) -> GatewayOrder:
    """A customer's person pauses, continues, stops, or asks. Raises Refused for others, and when it is over."""
    if not policies.is_customers(by, session.ticket):
        raise Refused("workroom.not_yours", _("Only people of the customer and our shift lead decide this."))
    return _order(session, do=do, by=by.actor, words=words, at=at)


def order_by_staff(session: WorkSession, *, do: str, by: Staff, words: str = "", at: datetime) -> GatewayOrder:
    """A colleague pauses, continues, stops: whoever works there, and those who lead.

    Raises Refused for others, and to go on where the customer has paused; the gateway refuses that as well.
    """
    if not policies.may_steer_as_staff(by, session):
        raise Refused("workroom.not_yours", _("Only people of the customer and our shift lead decide this."))
    if do == GatewayOrder.Do.RESUME and paused_by_customer(session):
        raise Refused("workroom.customers_pause", _("The customer has paused this; only the customer lets it go on."))
    return _order(session, do=do, by=by.actor, words=words, at=at)


def stop_session(session: WorkSession, *, why: str, at: datetime, by: Actor = SYSTEM) -> GatewayOrder:
    """The desk itself stops it: what allowed it is gone."""
    return _order(session, do=GatewayOrder.Do.STOP, by=by, words=why, at=at)


@transaction.atomic
def _order(session: WorkSession, *, do: str, by: Actor, words: str, at: datetime) -> GatewayOrder:
    if do not in GatewayOrder.Do.values:
        raise Refused("workroom.no_such_order", _("Pause, go on, stop or ask."))
    if session.state not in states.RUNNING:
        raise Refused("workroom.over", _("This session is over already."))
    if do == GatewayOrder.Do.QUESTION and not words.strip():
        raise Refused("workroom.no_words", _("Write the question first."))
    kept = GatewayOrder.objects.create(
        session=session,
        do=do,
        by_kind=by.kind,
        by_id=by.id,
        by_name=by.name,
        words=words.strip()[:LONGEST_WORDS],
        at=at,
    )
    if do == GatewayOrder.Do.STOP:
        announce(
            events.STOPPED, subject=("ticket", session.ticket_id), by=by, at=at, why=kept.words, session=session.pk
        )
    transaction.on_commit(lambda: send_order(kept, at=at))
    return kept


def send_order(order: GatewayOrder, *, at: datetime) -> bool:
    """Have the gateway take it; returns whether it was. An order about a session that is over is taken as well."""
    said = ""
    try:
        gateway().order(
            order.session.name,
            order.do,
            by={"id": f"{order.by_kind}:{order.by_id}", "name": order.by_name, "kind": order.by_kind},
            words=order.words,
        )
    except Away as away:
        log.warning("order %s waits: %s", order.pk, away)
        return False
    except Declined as declined:
        said = declined.reason or declined.code
    GatewayOrder.objects.filter(pk=order.pk, taken_at=None).update(taken_at=at, answer=said[:300])
    return True


def stop_where_shut(*, at: datetime) -> int:
    """Stop sessions of customers we no longer work for; returns how many orders were given."""
    given = 0
    running = WorkSession.objects.filter(state__in=states.RUNNING).select_related("ticket__organisation")
    for session in running.exclude(orders__do=GatewayOrder.Do.STOP):
        if not policies.serves(session.ticket.organisation):
            stop_session(session, why=_("The customer has no contract with us any more."), at=at)
            given += 1
    return given


@transaction.atomic
def invite(agreement: Agreement, *, guest: str, by: Contact, at: datetime) -> str:
    """Return the word of a link by which one colleague may watch, in one browser, until the window ends.

    Raises Refused without a name, for people not of this customer, and when the window is over.
    """
    if not policies.is_customers(by, agreement.ticket):
        raise Refused("workroom.not_yours", _("Only people of the customer invite others to watch."))
    if not guest.strip():
        raise Refused("workroom.no_guest", _("Say whom the link is for; it stands in the record."))
    if at >= agreement.ends_at or agreement.withdrawn_at is not None:
        raise Refused("workroom.over", _("The window is over; there is nothing more to watch."))
    token = new_token()
    link = ViewingLink.objects.create(
        agreement=agreement,
        made_by=by,
        guest=guest.strip()[:160],
        token_hash=hash_of(token),
        made_at=at,
        ends_at=agreement.ends_at,
    )
    announce(
        events.INVITED, subject=("ticket", agreement.ticket_id), by=by.actor, at=at, link=link.pk, guest=link.guest
    )
    return token


@transaction.atomic
def use_link(token: str, *, came_from: str, at: datetime) -> ViewingLink:
    """Return the link, used up by the browser that comes with it now. Raises NotHere for unknown, used, revoked or old ones."""
    link = ViewingLink.objects.select_for_update().filter(token_hash=hash_of(token), used_at=None).first()
    if link is None or link.revoked_at is not None or at >= link.ends_at:
        raise NotHere
    compare_and_set(link, {"used_at": None}, used_at=at, used_from=came_from[:60])
    return link


@transaction.atomic
def revoke_link(link: ViewingLink, *, by: Contact, at: datetime) -> None:
    """The link lets nobody look any more. Raises Refused for people not of this customer."""
    if not policies.is_customers(by, link.agreement.ticket):
        raise Refused("workroom.not_yours", _("Only people of the customer decide this."))
    compare_and_set(link, {"revoked_at": None}, revoked_at=at)
