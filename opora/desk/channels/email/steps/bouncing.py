"""Delivery reports about letters of ours."""

from opora.desk.channels.email import bad_addresses, identity, rules, states, telling
from opora.desk.channels.email.case import Case, Verdict, done, go_on
from opora.desk.channels.email.models import OutgoingLetter, Recipient
from opora.desk.channels.email.parsing import Bounce
from opora.desk.channels.email.tokens import find_recipient
from opora.desk.kernel.actors import SYSTEM
from opora.desk.tickets import actions as tickets


def read_report(case: Case) -> Verdict:
    """Done for every delivery report.

    Believed only when it came to the bounce address of one recipient (which only our letter to it carried), or returns the
    Message-ID of a letter we really sent. Anybody can write a report; a forged one must not shut a customer out.
    """
    reached = _by_address(case)
    bounce = case.letter.bounce or _unusual(case, reached)
    if not bounce:
        return go_on()
    if reached is not None:
        return _settle(case, reached.letter, [reached], bounce)
    ours = OutgoingLetter.objects.filter(mail_id=bounce.about_message_id).first() if bounce.about_message_id else None
    if ours is None:
        return done(states.FILED, f"a delivery report ({bounce.kind}) about a letter that is not ours")
    known = {row.email: row for row in ours.recipients.all()}
    named = [known[email.lower()] for email in bounce.recipients if email.lower() in known]
    if not named and len(known) == 1:
        named = list(known.values())
    return _settle(case, ours, named, bounce)


def _by_address(case: Case) -> Recipient | None:
    number = find_recipient(case.addresses, identity.bounce_key())
    return _with_letter(number) if number else None


def _with_letter(number: int) -> Recipient | None:
    return Recipient.objects.select_related("letter__ticket").defer("letter__raw").filter(pk=number).first()


def _unusual(case: Case, reached: Recipient | None) -> Bounce:
    """From the null path to a bounce address, yet in no form we know: a report all the same, unless somebody is away."""
    null_path = case.raw.transport in ("smtp", "lmtp") and not case.raw.envelope_from
    if reached is None or not null_path or case.letter.automatic.why.startswith(("Subject:", "Auto-Submitted")):
        return Bounce()
    return Bounce("other", explanation=case.letter.text[:2000])


def _settle(case: Case, ours: OutgoingLetter, named: list[Recipient], bounce: Bounce) -> Verdict:
    case.ticket = ours.ticket
    said = f"{bounce.kind} {bounce.status}".strip()
    for row in named:
        _note_on(row, bounce.kind, said, case)
        if rules.is_bad_address(bounce.kind, bounce.status):
            bad_addresses.found_bad(row.email, said=said, at=case.at)
    telling.settled(ours, at=case.at)
    names = ", ".join(row.email for row in named)
    if bounce.kind == "failed" and named and ours.ticket is not None:
        tickets.note(ours.ticket, by=SYSTEM, text=f"Our letter did not reach {names}: {said}.", at=case.at)
    return done(states.BOUNCE, f"{said}: {names or 'nobody we know'}"[:500])


def _note_on(row: Recipient, kind: str, said: str, case: Case) -> None:
    """A failure ends it; a delay or a receipt is only written beside it."""
    answer = f"report: {said}"[:500]
    if kind == "failed":
        Recipient.objects.filter(pk=row.pk, state__in=[states.SENT, states.UNKNOWN, states.FAILED]).update(
            state=states.FAILED, answer=answer, ended_at=case.at
        )
    else:
        Recipient.objects.filter(pk=row.pk).update(answer=answer)
