"""What comes of the work: summary, the customer's choice, a repair ordered in writing, hours booked behind the gate."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from opora.desk.consent import actions as consent
from opora.desk.consent import rules as consent_rules
from opora.desk.consent.policies import require
from opora.desk.customers.models import Contact, System
from opora.desk.kernel.actions import announce
from opora.desk.kernel.errors import Refused
from opora.desk.people.models import Staff
from opora.desk.people.policies import leads
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.models import Ticket
from opora.desk.workroom import events, policies
from opora.desk.workroom.models import Agreement, Choice, RepairOrder, Summary, WorkTime

LONGEST_SUMMARY = 20_000
LONGEST_DAY = 24 * 60


@transaction.atomic
def summarise(agreement: Agreement, *, by: Staff, text: str, at: datetime) -> Summary:
    """Keep what was found and done; the customer reads it. Raises Refused for others than named engineers and leads."""
    _refuse_stranger(agreement, by)
    words = text.strip()
    if not words:
        raise Refused("workroom.no_words", _("Write what was found and done."))
    kept = Summary.objects.create(agreement=agreement, by=by, text=words[:LONGEST_SUMMARY], at=at)
    announce(
        events.SUMMARISED,
        subject=("ticket", agreement.ticket_id),
        by=by.actor,
        at=at,
        agreement=agreement.pk,
        summary=kept.pk,
    )
    return kept


@transaction.atomic
def choose(agreement: Agreement, *, way: str, by: Contact, words: str = "", at: datetime) -> Choice:
    """The customer repairs it itself (record and findings go to it as a public message), or orders the repair.

    Raises Refused for people not of this customer, an unknown way, or while there is no summary to choose by.
    """
    if not policies.is_customers(by, agreement.ticket):
        raise Refused("workroom.not_yours", _("Only people of the customer decide this."))
    if way not in Choice.Way.values:
        raise Refused("workroom.no_such_way", _("Repair it yourselves, or order the repair."))
    summary = agreement.summaries.order_by("-id").first()
    if summary is None:
        raise Refused("workroom.no_summary", _("The engineer has not written down the findings yet. Please wait."))
    kept = Choice.objects.create(agreement=agreement, way=way, by_contact=by, words=words.strip()[:4000], at=at)
    announce(
        events.CHOSEN,
        subject=("ticket", agreement.ticket_id),
        by=by.actor,
        at=at,
        why=kept.words,
        agreement=agreement.pk,
        way=way,
    )
    if way == Choice.Way.OURSELVES:
        _hand_over(agreement, summary, at)
    return kept


@transaction.atomic
def estimate(
    agreement: Agreement,
    *,
    minutes: int,
    price: str,
    what: str,
    starts: datetime,
    ends: datetime,
    by: Staff,
    at: datetime,
) -> RepairOrder:
    """Offer the repair: a request for confirmation with the estimate in its text. Confirmed, it is the written order.

    Raises Refused for others than named engineers and leads, without a length, and as `consent.ask` does.
    """
    _refuse_stranger(agreement, by)
    if not 0 < minutes <= 1000 * 60:
        raise Refused("workroom.no_estimate", _("Say how long it will take at most."))
    terms = agreement.request.asked_terms
    with translation.override(agreement.request.language):
        cost = _("at most %(length)s") % {"length": length_in_words(minutes)}
    told = consent_rules.Terms(
        ticket=terms.ticket,
        customer=terms.customer,
        systems=terms.systems,
        actions=terms.actions,
        what=what.strip(),
        level=terms.level,
        starts=starts,
        ends=ends,
        zone=terms.zone,
        engineers=terms.engineers,
        watching=terms.watching,
        price=", ".join(part for part in (price.strip(), cost) if part)[:200],
    )
    request = consent.ask(agreement.ticket, terms=told, by=by, at=at)
    order = RepairOrder.objects.create(
        agreement=agreement, request=request, minutes=minutes, price=price.strip()[:100], by=by, at=at
    )
    announce(
        events.ESTIMATED,
        subject=("ticket", agreement.ticket_id),
        by=by.actor,
        at=at,
        agreement=agreement.pk,
        order=order.pk,
        request=request.pk,
        minutes=minutes,
    )
    return order


@transaction.atomic
def book_time(
    ticket: Ticket, *, system: System, began: datetime, minutes: int, words: str, by: Staff, at: datetime
) -> WorkTime:
    """Book time one worked on a customer's system. The gate is asked about the first and the last minute.

    Raises Refused where no confirmation covered that time, for time not yet over or booked already, and for more than was
    ordered.
    """
    if not 0 < minutes <= LONGEST_DAY:
        raise Refused("workroom.no_time", _("Book from one minute to a day."))
    if not words.strip():
        raise Refused("workroom.no_words", _("Say what the time was spent on; the customer reads it."))
    if began + timedelta(minutes=minutes) > at:
        raise Refused("workroom.not_worked_yet", _("This time is not over yet. Book it afterwards."))
    _refuse_booked_twice(by, began, began + timedelta(minutes=minutes))
    permission = require(by.actor, "book_time", system, at=began)
    last = require(by.actor, "book_time", system, at=began + timedelta(minutes=minutes) - timedelta(seconds=1))
    if permission.request is None or permission.answer is None or last.request != permission.request:
        raise Refused("workroom.two_windows", _("This time lies in two windows. Book each part by itself."))
    _refuse_other_ticket(ticket, permission.request)
    _refuse_more_than_ordered(permission.request, minutes)
    booked = WorkTime.objects.create(
        ticket=ticket,
        system=system,
        staff=by,
        began_at=began,
        minutes=minutes,
        words=words.strip()[:500],
        request_id=permission.request,
        answer_id=permission.answer,
        booked_at=at,
    )
    announce(
        events.BOOKED,
        subject=("ticket", ticket.pk),
        by=by.actor,
        at=at,
        why=booked.words,
        minutes=minutes,
        system=system.pk,
        request=permission.request,
    )
    return booked


def length_in_words(minutes: int) -> str:
    """Return hours and minutes in the reader's language."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)s min") % {"minutes": rest}
    if not rest:
        return _("%(hours)s h") % {"hours": hours}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}


def _refuse_stranger(agreement: Agreement, by: Staff) -> None:
    named = {one.id for one in agreement.request.asked_terms.engineers}
    if not by.active or (by.pk not in named and not leads(by)):
        raise Refused("workroom.not_yours", _("Only the engineers named in the agreement and those who lead do this."))


def _refuse_booked_twice(by: Staff, began: datetime, until: datetime) -> None:
    Staff.objects.select_for_update(of=("self",)).get(pk=by.pk)
    near = WorkTime.objects.filter(staff=by, began_at__lt=until, began_at__gt=began - timedelta(minutes=LONGEST_DAY))
    if any(one.began_at + timedelta(minutes=one.minutes) > began for one in near):
        raise Refused("workroom.booked_already", _("You have booked this time already. Nobody works twice at a time."))


def _refuse_other_ticket(ticket: Ticket, request: int) -> None:
    if not ticket.confirmation_requests.filter(pk=request).exists():
        raise Refused("workroom.other_ticket", _("This time was confirmed on another ticket. Book it there."))


def _refuse_more_than_ordered(request: int, minutes: int) -> None:
    order = RepairOrder.objects.select_for_update().filter(request=request).first()
    if order is None:
        return
    booked = sum(WorkTime.objects.filter(request=request).values_list("minutes", flat=True))
    if booked + minutes > order.minutes:
        left = length_in_words(max(order.minutes - booked, 0))
        raise Refused(
            "workroom.more_than_ordered",
            _("Only %(left)s of what was ordered are left. Ask the customer for a new order.") % {"left": left},
        )


def _hand_over(agreement: Agreement, summary: Summary, at: datetime) -> None:
    with translation.override(agreement.ticket.language):
        lines = [_("As you chose, you repair it yourselves. This is what we found and did:"), "", summary.text, ""]
        for session in agreement.sessions.filter(state="ended").order_by("id"):
            frames = session.frames if session.frames is not None else 0
            lines.append(
                _("Record %(mark)s: %(frames)s frames, SHA-256 of the last %(head)s.")
                % {"mark": session.mark, "frames": frames, "head": session.head or "-"}
            )
        lines.append(_("The records can be replayed, taken away and verified on the page of this work in the portal."))
    tickets.send_letter(agreement.ticket, by=summary.by, text="\n".join(lines), at=at)
