"""Letters to colleagues: an escalation reaches those who do not look at the desk. They carry a link and little more."""

import uuid
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from opora.desk.kernel.models import Event
from opora.desk.people.models import Staff
from opora.desk.tickets.models import Ticket

from . import identity, wording
from .composing import Outgoing, clean_line
from .models import OutgoingLetter
from .outbox import post
from .parsing import Person


def mail_escalated(event: Event, at: datetime) -> None:
    """A step of an escalation: one letter to each colleague it told, in their language, read in no thread."""
    ticket = Ticket.objects.filter(pk=event.subject_id).first()
    told = Staff.objects.filter(pk__in=event.facts.get("told", []), active=True).select_related("account")
    if ticket is None:
        return
    for staff in told.order_by("pk"):
        post(
            _letter(staff, ticket, event, at),
            kind=OutgoingLetter.Kind.NOTICE,
            recipients=[(None, staff.account.email)],
            at=at,
        )


def _letter(staff: Staff, ticket: Ticket, event: Event, at: datetime) -> Outgoing:
    language = staff.account.language
    desk = identity.desk(None, language)
    site = str(getattr(settings, "OPORA_SITE_URL", "")).rstrip("/")
    with wording.speaking(language):
        subject = _("%(mark)s needs somebody: %(subject)s") % {"mark": ticket.mark, "subject": ticket.subject}
        text = _(
            "Nobody has said “I have it” for %(mark)s yet (%(policy)s).\n\nOpen it and press “I have it”: %(link)s\n\n"
            "If you cannot, leave it: the next step tells others."
        ) % {"mark": ticket.mark, "policy": event.facts.get("policy", ""), "link": f"{site}/desk/tickets/{ticket.pk}"}
    return Outgoing(
        sender=Person(desk.address, desk.name),
        to=[Person(staff.account.email, staff.name)],
        subject=clean_line(subject),
        text=text,
        date=at,
        message_id=f"{uuid.uuid4().hex}.e{event.pk}@{desk.domain}",
        reply_to=desk.address,
        footer=desk.name,
        language=language,
        automatic=True,
        loop_mark=identity.loop_mark(),
    )
