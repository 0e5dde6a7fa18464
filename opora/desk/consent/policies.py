"""The gate: whether somebody may touch a customer's system now. Everything that does asks here, by whatever way in.

Also who may ask for confirmation, and who may answer.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from opora.desk.consent import rules, states
from opora.desk.consent.models import Answer, ConfirmationRequest, Invitation, Nomination
from opora.desk.consent.tokens import hash_of
from opora.desk.customers.models import Contact, System
from opora.desk.customers.policies import names_people
from opora.desk.kernel.actors import Actor
from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.people.models import Staff
from opora.desk.people.policies import may as may_act
from opora.desk.tickets.policies import visible_to_contact


@dataclass(frozen=True, slots=True)
class Permission:
    """The gate's answer: yes with the proof, or no with the reason in words."""

    granted: bool
    code: str
    reason: str
    request: int | None = None
    answer: int | None = None


def may(actor: Actor, action: str, system: System, *, at: datetime) -> Permission:
    """Return whether this person may do this to this customer's system at this moment, on which confirmation, or why not.

    `action` is one of `rules.ACTIONS`, `session.look`, `session.user`, `session.superuser`, or `book_time`, for which
    `at` is the moment the work was done.
    """
    staff = actor.id if actor.kind == "staff" and _works(actor.id) else None
    decision = rules.decide(_standings_for(system.pk), staff=staff, action=action, system=system.pk, at=at)
    return Permission(decision.granted, decision.code, _in_words(decision), decision.request, decision.answer)


def require(actor: Actor, action: str, system: System, *, at: datetime) -> Permission:
    """Return the permission; raises Refused with the reason in words where there is none."""
    permission = may(actor, action, system, at=at)
    if not permission.granted:
        raise Refused(f"consent.{permission.code}", permission.reason)
    return permission


def may_ask(staff: Staff) -> bool:
    """Return whether this colleague may ask a customer for confirmation: engineers, operators and leaders."""
    return may_act(staff, "consent:ask")


def may_answer(contact: Contact, request: ConfirmationRequest) -> bool:
    """Return whether this person has an address that may confirm for the request's organisation."""
    return (
        contact.active
        and contact.organisation_id == request.organisation_id
        and contact.addresses.filter(may_confirm=True).exists()
    )


def portal_door(contact: Contact, number: int) -> ConfirmationRequest:
    """Return the request as a customer's person may see it: with the ticket it belongs to. Raises NotHere."""
    seen = visible_to_contact(contact)
    found = ConfirmationRequest.objects.filter(pk=number, ticket__in=seen).select_related("ticket", "asked_by").first()
    if found is None:
        raise NotHere
    return found


def nomination_door(contact: Contact, number: int) -> Nomination:
    """Return an open nomination as the owner may decide it. Raises NotHere."""
    found = (
        Nomination.objects.filter(pk=number, decided_at=None, address__contact__organisation=contact.organisation_id)
        .select_related("address__contact")
        .first()
    )
    if found is None or not names_people(contact):
        raise NotHere
    return found


def link_door(token: str) -> Invitation:
    """Return the invitation behind a link, used or not. Raises NotHere for a link that was never sent."""
    found = (
        Invitation.objects.filter(link_hash=hash_of(token))
        .select_related("request__ticket", "request__asked_by", "address__contact")
        .first()
    )
    if found is None:
        raise NotHere
    return found


def _standings_for(system: int) -> list[rules.Standing]:
    """Return every request about this system with the newest answer that confirmed it."""
    requests = ConfirmationRequest.objects.filter(
        system_ids__contains=[system], state__in=(states.ASKED, states.CONFIRMED, states.WITHDRAWN)
    )
    yes = {
        answer.request_id: answer
        for answer in Answer.objects.filter(request__in=requests, kind=Answer.Kind.CONFIRMED, counts=True).order_by(
            "id"
        )
    }
    return [_standing(one, yes.get(one.pk)) for one in requests.order_by("id")]


def _standing(one: ConfirmationRequest, answer: Answer | None) -> rules.Standing:
    return rules.Standing(
        request=one.pk,
        terms=one.asked_terms,
        text=one.text,
        digest=one.digest,
        state=one.state,
        answer=answer.pk if answer else None,
        answer_digest=answer.digest if answer else "",
    )


def _works(staff: int) -> bool:
    found = Staff.objects.filter(pk=staff).first()
    return found is not None and may_act(found, "customers:touch")


def _in_words(decision: rules.Decision) -> str:
    if decision.granted:
        return ""
    return {
        "nobody": _("Only an engineer named in a confirmation may do this."),
        "no_confirmation": _("The customer has not confirmed any work here. Ask for confirmation on the ticket."),
        "not_this_system": _("The confirmation is about other systems. Ask for this one."),
        "withdrawn": _("The confirmation was withdrawn. Nothing may be done until there is a new one."),
        "altered": _(
            "The text of the confirmation is not the one that was answered. Ask again, and tell the administrator."
        ),
        "not_this_person": _("The confirmation names other engineers. Ask again with your name."),
        "not_this_action": _("The confirmation does not cover this action or level of access."),
        "too_early": _("The agreed window has not begun yet."),
        "too_late": _("The agreed window is over. Ask for a new one."),
    }[decision.code]


def may_touch(staff: Staff) -> bool:
    """Return whether this colleague may be named as one who works on customers' systems."""
    return may_act(staff, "customers:touch")


def why_not_counted(code: str) -> str:
    """Return in words why an answer does not count, and what to do."""
    return {
        "not_asked": _("it came when the request was already answered, replaced or closed."),
        "expired": _("it came after the time to answer. Ask again."),
        "used": _("this address had answered by mail before."),
        "automatic": _("a program wrote it. Wait for a person, or call."),
        "many_senders": _("it does not name exactly one sender. Call the customer."),
        "foreign_address": _("it came from another address than the one that was asked. Call the customer."),
        "not_on_list": _("this address may no longer confirm."),
        "unproved": _("the sender is not proved. Ask the customer to use the link in the letter."),
        "forwarded": _("it was passed on by somebody. Call the customer."),
        "no_own_words": _("it has no words of its own. Ask the customer to use the link in the letter."),
        "doubtful": _("it is no plain yes or no. Read it, and ask again with what it says."),
        "changed_text": _("it quotes our text with changes. Read it, and ask again with what it says."),
        "enclosed": _("it carries a file or an invitation of its own. Read it, and ask again with what it says."),
        "two_readings": _("its two forms, plain and HTML, do not say the same. Call the customer."),
        "high_risk": _("such work is confirmed on the page or in the portal only. The customer has the link."),
    }[code]
