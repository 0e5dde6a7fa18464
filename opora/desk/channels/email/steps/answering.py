"""Whether a letter answers a request for confirmation. Its token says which; the room of consent judges it.

The letter goes on to its ticket in any case: nothing that was written is lost, and a doubtful answer is read by a colleague.
"""

import re

from opora.desk.channels.email.answers import said_in
from opora.desk.channels.email.case import Case, Verdict, go_on
from opora.desk.channels.email.rules import all_addressed
from opora.desk.consent import actions as consent
from opora.desk.consent.models import Answer
from opora.desk.consent.policies import why_not_counted
from opora.desk.consent.tokens import tokens_in
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.policies import may_write_to

_PASSED_ON = re.compile(r"^\s*(fwd?|fw|пересл|переслано|вс|wg|tr|i|rv|enc)\s*:", re.IGNORECASE)


def does_it_confirm(case: Case) -> Verdict:
    """Always continues; an answer that counts has moved its request when this returns."""
    found = tokens_in([*case.raw.envelope_to, *case.letter.delivered_to, *all_addressed(case.letter)])
    if not found:
        return go_on("no token of a request for confirmation")
    if len(set(found)) > 1:
        case.hints.append("The letter names several requests for confirmation at once; it counts for none of them.")
        return go_on("several tokens")
    answer = _answer(case, found[0])
    if answer is None:
        return go_on("a token we never sent")
    _place(case, answer.request.ticket)
    if not answer.counts:
        case.hints.append(f"Answer to {answer.request.mark}: {why_not_counted(answer.why_not)}")
    return go_on(f"{answer.request.mark}: {answer.kind} {answer.why_not}".strip())


def _answer(case: Case, token: str) -> Answer | None:
    letter = case.letter
    said = said_in(letter)
    return consent.answer_by_letter(
        token,
        sender=case.sender_key,
        senders=letter.senders,
        proved=case.proved,
        automatic=bool(letter.automatic),
        forwarded=bool(_PASSED_ON.match(letter.subject)),
        words=letter.reply_text,
        said=said.words,
        quoted=letter.quoted_text,
        beside=said.beside,
        proof={
            "letter": case.raw.pk,
            "sha256": case.raw.sha256,
            "message_id": letter.message_id,
            "verdict": case.raw.authenticity,
            "evidence": case.raw.proof,
        },
        at=case.at,
    )


def _place(case: Case, ticket: Ticket) -> None:
    """The letter belongs where the question was asked, if its sender does."""
    if case.ticket is None and case.contact is not None and may_write_to(case.contact, ticket):
        case.candidate = case.ticket = ticket
        case.why_candidate = "an answer to a request for confirmation"
