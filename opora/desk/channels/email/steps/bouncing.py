"""Delivery reports about letters of ours."""

from opora.desk.channels.email import states, telling
from opora.desk.channels.email.case import Case, Verdict, done, go_on
from opora.desk.channels.email.models import OutgoingLetter, Recipient
from opora.desk.kernel.actors import SYSTEM
from opora.desk.tickets import actions as tickets


def read_report(case: Case) -> Verdict:
    """Done for every delivery report. Believed only when it returns the Message-ID of a letter we really sent."""
    bounce = case.letter.bounce
    if not bounce:
        return go_on()
    ours = OutgoingLetter.objects.filter(mail_id=bounce.about_message_id).first() if bounce.about_message_id else None
    if ours is None:
        return done(states.FILED, f"a delivery report ({bounce.kind}) about a letter that is not ours")
    case.ticket = ours.ticket
    said = f"{bounce.kind} {bounce.status}".strip()
    known = {row.email: row for row in ours.recipients.all()}
    named = [known[email.lower()] for email in bounce.recipients if email.lower() in known]
    if not named and len(known) == 1:
        named = list(known.values())
    for row in named:
        _note_on(row, bounce.kind, said, case)
    if named:
        telling.settled(ours, at=case.at)
    if bounce.kind == "failed" and named and ours.ticket is not None:
        names = ", ".join(row.email for row in named)
        tickets.note(ours.ticket, by=SYSTEM, text=f"Our letter did not reach {names}: {said}.", at=case.at)
    return done(states.BOUNCE, f"{said}: {', '.join(row.email for row in named) or 'nobody we know'}"[:500])


def _note_on(row: Recipient, kind: str, said: str, case: Case) -> None:
    """A failure ends it; a delay or a receipt is only written beside it."""
    answer = f"report: {said}"[:500]
    if kind == "failed":
        Recipient.objects.filter(pk=row.pk, state__in=[states.SENT, states.UNKNOWN, states.FAILED]).update(
            state=states.FAILED, answer=answer, ended_at=case.at
        )
    else:
        Recipient.objects.filter(pk=row.pk).update(answer=answer)
