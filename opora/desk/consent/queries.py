"""Questions about confirmations that change nothing."""

import json
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from opora.desk.consent import states
from opora.desk.consent.models import Answer, ConfirmationRequest, Nomination
from opora.desk.consent.policies import why_not_counted
from opora.desk.consent.rules import digest_of
from opora.desk.customers.models import Address, Contact, Organisation


def who_may_confirm(organisation: Organisation) -> QuerySet[Address]:
    """Return the addresses that may confirm for this organisation and to which letters arrive."""
    return (
        Address.objects.filter(
            contact__organisation=organisation, contact__active=True, may_confirm=True, bounced_at__isnull=True
        )
        .select_related("contact")
        .order_by("id")
    )


def of_ticket(ticket: int) -> list[ConfirmationRequest]:
    """Return a ticket's requests, the newest first, each with its answers loaded."""
    rows = ConfirmationRequest.objects.filter(ticket=ticket).select_related("asked_by", "ticket")
    return list(rows.prefetch_related("answers").order_by("-id"))


def asked_by(request: int) -> int | None:
    """Return the colleague who asked."""
    return ConfirmationRequest.objects.filter(pk=request).values_list("asked_by", flat=True).first()


def find(mark: str) -> ConfirmationRequest | None:
    """Return the request called `C-17`, `c-17` or `17`, None if there is none."""
    number = mark.strip().upper().removeprefix("C-")
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    return ConfirmationRequest.objects.select_related("ticket", "asked_by").filter(pk=int(number)).first()


def live_of_ticket(ticket: int) -> list[ConfirmationRequest]:
    """Return a ticket's requests that wait or stand, the newest first: one statement."""
    live = ConfirmationRequest.objects.filter(ticket=ticket, state__in=(states.ASKED, states.CONFIRMED))
    return list(live.only("state").order_by("-id"))


def open_nominations(contact: Contact) -> QuerySet[Nomination]:
    """Return the addresses the owner's word is awaited for."""
    return Nomination.objects.filter(
        address__contact__organisation=contact.organisation_id, decided_at=None
    ).select_related("address__contact", "nominated_by")


@dataclass(frozen=True, slots=True)
class Proof:
    """A request with everything that came back, and what was found when it was checked."""

    request: ConfirmationRequest
    answers: list[Answer]
    faults: list[str]

    def to_json(self) -> dict[str, Any]:
        """Return it as data."""
        one = self.request
        return {
            "request": one.mark,
            "ticket": one.ticket.mark,
            "state": one.state,
            "text": one.text,
            "digest": one.digest,
            "asked_at": one.asked_at.isoformat(),
            "asked_by": one.asked_by.name,
            "answers": [
                {
                    "kind": answer.kind,
                    "road": answer.road,
                    "counts": answer.counts,
                    "why_not": answer.why_not,
                    "at": answer.at.isoformat(),
                    "by": answer.by_name,
                    "email": answer.email,
                    "digest": answer.digest,
                    "proof": answer.proof,
                }
                for answer in self.answers
            ],
            "faults": self.faults,
        }


def prove(request: ConfirmationRequest) -> Proof:
    """Return the request with its answers, checked: text against its hash, each counted yes against the same hash."""
    answers = list(request.answers.order_by("id"))
    faults = []
    if digest_of(request.text) != request.digest:
        faults.append("the text is not the one whose hash was kept")
    counted = [answer for answer in answers if answer.counts and answer.kind == Answer.Kind.CONFIRMED]
    if request.state == states.CONFIRMED and not counted:
        faults.append("it stands as confirmed without an answer that counts")
    faults += [f"answer {answer.pk} is to another text" for answer in counted if answer.digest != request.digest]
    return Proof(request, answers, faults)


def in_words(proof: Proof) -> str:
    """Return the proof as text for a terminal."""
    one = proof.request
    lines = [
        f"{one.mark} on {one.ticket.mark}: {one.state}",
        f"asked {one.asked_at:%Y-%m-%d %H:%M:%S} UTC by {one.asked_by.name}",
    ]
    lines += [f"SHA-256 {one.digest}", "", *(f"  | {line}" for line in one.text.splitlines()), ""]
    for answer in proof.answers:
        verdict = "counts" if answer.counts else f"does not count ({answer.why_not}): {why_not_counted(answer.why_not)}"
        lines.append(
            f"{answer.at:%Y-%m-%d %H:%M:%S} UTC  {answer.kind} by {answer.by_name} <{answer.email}>, {answer.road}; {verdict}"
        )
        lines.append(f"    to the text {answer.digest}")
        lines += [f"    {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in sorted(answer.proof.items())]
    lines.append("")
    lines += [f"FAULT: {fault}" for fault in proof.faults] or ["Text, hash and answers agree."]
    return "\n".join(lines)
