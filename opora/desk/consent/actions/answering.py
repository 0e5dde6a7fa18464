"""Answers to a request: by the page behind the link, in the portal, by letter; and taking a confirmation back.

Whatever comes is kept as an answer. Whether it counts is decided here, once, and stands beside it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.consent import events, policies, rules, states
from opora.desk.consent.models import Answer, ConfirmationRequest, Invitation
from opora.desk.consent.rules import LetterFacts, Meaning
from opora.desk.consent.rules.terms import LONGEST_WINDOW
from opora.desk.consent.tokens import hash_of
from opora.desk.customers.models import Address, Contact
from opora.desk.kernel.actions import announce
from opora.desk.kernel.actors import Actor
from opora.desk.kernel.errors import Refused
from opora.desk.kernel.moves import compare_and_set, move
from opora.desk.people.models import Staff

LONGEST_WORDS = 4000


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody decided, to the text of that digest: yes, no with words, or another window."""

    kind: str
    digest: str
    words: str = ""
    starts: datetime | None = None
    ends: datetime | None = None
    proof: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Author:
    """Who answered, from which address, by which road."""

    contact: Contact
    email: str
    road: str


@transaction.atomic
def answer_by_page(token: str, *, told: Told, at: datetime) -> Answer:
    """Keep the decision made on the page behind a link. The link is used up by it, whatever is decided.

    Raises NotHere for a link never sent; Refused, saying why, for one that is used, expired, or about an older text.
    """
    invitation = policies.link_door(token)
    request = _locked(invitation.request_id)
    _refuse_unless_asked(request, at)
    theirs = {"contact__organisation": request.organisation_id, "contact__active": True}
    if not Address.objects.filter(pk=invitation.address_id, may_confirm=True, **theirs).exists():
        raise Refused(
            "consent.not_on_list", _("This address may no longer confirm. Ask the owner of your organisation.")
        )
    compare_and_set(invitation, {"link_used_at": None}, link_used_at=at)
    author = Author(invitation.address.contact, invitation.email, Answer.Road.PAGE)
    return _decide(request, author, told, at)


@transaction.atomic
def answer_in_portal(request: ConfirmationRequest, *, by: Contact, told: Told, at: datetime) -> Answer:
    """Keep the decision of somebody who signed in again for it. Raises Refused for people who may not confirm."""
    if not policies.may_answer(by, request):
        raise Refused(
            "consent.not_on_list", _("You may not confirm work for your organisation. Its owner can change that.")
        )
    request = _locked(request.pk)
    _refuse_unless_asked(request, at)
    address = by.addresses.filter(may_confirm=True).order_by("id").first()
    author = Author(by, address.email if address else "", Answer.Road.PORTAL)
    return _decide(request, author, told, at)


@transaction.atomic
def answer_by_letter(
    token: str, *, sender: str, senders: int, proved: bool, automatic: bool, forwarded: bool, words: str,
    proof: dict[str, Any], at: datetime, said: str | None = None, quoted: str = "", beside: str = "",
) -> Answer | None:  # fmt: skip
    """Judge a letter that came with this token and keep it as an answer, whether it counts or not; None if we never sent it.

    `words` are the letter's own, without what it quotes; `said` the same without a signature, `quoted` what it quotes,
    `beside` what else it carries that could change a yes (a code of `why_not_counted`).
    """
    invitation = (
        Invitation.objects.select_related("address__contact__organisation").filter(mail_hash=hash_of(token)).first()
    )
    if invitation is None:
        return None
    request = _locked(invitation.request_id)
    address = invitation.address
    contact, organisation = address.contact, address.contact.organisation
    own_words = [contact.name, organisation.name if organisation else "", address.email]
    code = rules.judge_letter(
        LetterFacts(
            proved=proved,
            senders=senders,
            sender=sender,
            invited=invitation.email,
            may_confirm=address.may_confirm and contact.active and contact.organisation_id == request.organisation_id,
            automatic=automatic,
            meaning=rules.meaning_of(words if said is None else said, own_words=own_words),
            has_own_words=bool((words if said is None else said).strip()),
            forwarded=forwarded,
            state=request.state,
            high_risk=request.asked_terms.high_risk,
            used=invitation.mail_used_at is not None,
            expires=request.expires_at,
            at=at,
            text_changed=rules.quotes_with_changes(request.text, quoted),
            beside=beside,
        )
    )
    author = Author(contact, sender, Answer.Road.MAIL)
    kinds = {str(Meaning.YES): Answer.Kind.CONFIRMED, str(Meaning.NO): Answer.Kind.DECLINED}
    if code not in kinds:
        return _keep_unclear(request, author, code, words, proof, at)
    compare_and_set(invitation, {"mail_used_at": None}, mail_used_at=at)
    return _decide(request, author, Told(kinds[code], request.digest, words=words, proof=proof), at)


@transaction.atomic
def withdraw(request: ConfirmationRequest, *, by: Contact, words: str = "", at: datetime) -> Answer:
    """Take it back, at once: anybody of the customer's who may confirm can. Raises Refused for others, Clash if it is over."""
    if not policies.may_answer(by, request):
        raise Refused("consent.not_on_list", _("You may not withdraw this. Ask somebody who may confirm."))
    request = _locked(request.pk)
    answer = _keep(request, Author(by, "", Answer.Road.PORTAL), Told(Answer.Kind.WITHDRAWN, request.digest, words), at)
    _move(request, states.WITHDRAWN, events.WITHDRAWN, by.actor, answer, words)
    return answer


@transaction.atomic
def withdraw_by_desk(request: ConfirmationRequest, *, by: Staff, why: str, at: datetime) -> None:
    """We take our own request back, with the reason. Raises Refused without one or for roles that do not ask."""
    if not policies.may_ask(by):
        raise Refused("consent.not_yours", _("Your role does not ask customers for confirmation."))
    if not why.strip():
        raise Refused("consent.no_reason", _("Say why it is taken back; the customer reads it."))
    request = _locked(request.pk)
    move(request, to=states.WITHDRAWN, table=states.TABLE, next_step_at=None)
    announce(
        events.WITHDRAWN, subject=("ticket", request.ticket_id), by=by.actor, at=at, why=why.strip(), request=request.pk
    )


def _decide(request: ConfirmationRequest, author: Author, told: Told, at: datetime) -> Answer:
    """Keep the answer and move the request by it. The text answered must be the text asked."""
    if told.digest != request.digest:
        raise Refused("consent.other_text", _("The text has changed since this page was opened. Read it again."))
    if told.kind == Answer.Kind.DECLINED and not told.words.strip():
        raise Refused("consent.no_reason", _("Say why, so that we can offer something better."))
    if told.kind == Answer.Kind.OTHER_WINDOW:
        _refuse_window(told, at)
    answer = _keep(request, author, told, at)
    state, event = {
        Answer.Kind.CONFIRMED.value: (states.CONFIRMED, events.CONFIRMED),
        Answer.Kind.DECLINED.value: (states.DECLINED, events.DECLINED),
        Answer.Kind.OTHER_WINDOW.value: (states.COUNTERED, events.COUNTERED),
    }[told.kind]
    _move(request, state, event, author.contact.actor, answer, told.words)
    return answer


def _move(request: ConfirmationRequest, state: str, event: str, by: Actor, answer: Answer, words: str) -> None:
    move(request, to=state, table=states.TABLE, next_step_at=None)
    announce(
        event,
        subject=("ticket", request.ticket_id),
        by=by,
        at=answer.at,
        why=words.strip()[:LONGEST_WORDS],
        request=request.pk,
        answer=answer.pk,
        road=str(answer.road),
    )


def _keep(request: ConfirmationRequest, author: Author, told: Told, at: datetime) -> Answer:
    window = {"starts": told.starts.isoformat(), "ends": told.ends.isoformat()} if told.starts and told.ends else {}
    return Answer.objects.create(
        request=request,
        kind=told.kind,
        road=author.road,
        counts=True,
        at=at,
        contact=author.contact,
        by_name=author.contact.name,
        email=author.email,
        digest=told.digest,
        words=told.words[:LONGEST_WORDS],
        proof=told.proof | window,
    )


def _keep_unclear(
    request: ConfirmationRequest, author: Author, code: str, words: str, proof: dict[str, Any], at: datetime
) -> Answer:
    answer = Answer.objects.create(
        request=request,
        kind=Answer.Kind.UNCLEAR,
        road=author.road,
        counts=False,
        why_not=code,
        at=at,
        contact=author.contact
        if author.email == author.contact.addresses.values_list("email", flat=True).first()
        else None,
        by_name=author.email or "?",
        email=author.email[:254],
        digest=request.digest,
        words=words[:LONGEST_WORDS],
        proof=proof,
    )
    announce(
        events.REFUSED,
        subject=("ticket", request.ticket_id),
        by=Actor("system", 0, author.email),
        at=at,
        request=request.pk,
        answer=answer.pk,
        code=code,
    )
    return answer


def _locked(number: int) -> ConfirmationRequest:
    rows = ConfirmationRequest.objects.select_for_update(of=("self",)).select_related("ticket", "organisation")
    return rows.get(pk=number)


def _refuse_unless_asked(request: ConfirmationRequest, at: datetime) -> None:
    if request.state != states.ASKED:
        raise Refused("consent.not_asked", _not_asked(request))
    if at >= request.expires_at:
        raise Refused("consent.expired", _("The time to answer is over. We will ask again if it is still needed."))


def _not_asked(request: ConfirmationRequest) -> str:
    if request.state == states.REPLACED:
        return _("Something was changed and a newer request was sent. Answer that one.")
    if request.state == states.CONFIRMED:
        return _("This is already confirmed. In the portal it can be withdrawn at any moment.")
    return _("This request is closed: %(state)s.") % {"state": request.get_state_display()}


def _refuse_window(told: Told, at: datetime) -> None:
    if (
        not told.starts
        or not told.ends
        or not timedelta() < told.ends - told.starts <= LONGEST_WINDOW
        or told.ends <= at
    ):
        raise Refused("consent.no_window", _("Name a window that ends after it begins and is not over yet."))
