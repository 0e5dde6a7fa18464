"""The letters that answers of the past weeks went out in: composed as they would have been, and marked as sent.

Nothing leaves the house for them, and no server is asked. Older answers have none, for filling would take half as long again.
"""

from datetime import datetime, timedelta

from django.db.models import F, OuterRef, Subquery

from opora.desk.channels.email import states
from opora.desk.channels.email.models import OutgoingLetter, Recipient
from opora.desk.channels.email.outbox import mail_reply
from opora.desk.kernel.models import Event
from opora.desk.tickets.events import REPLIED

LATELY = timedelta(days=21)
ON_THE_ROAD = timedelta(seconds=3)


def send_the_past(*, at: datetime) -> int:
    """Give every answer of the last weeks its letter; returns to how many addresses they stand as sent."""
    for event in Event.objects.filter(name=REPLIED, at__range=(at - LATELY, at - ON_THE_ROAD)).order_by("id"):
        mail_reply(event, event.at)
    gone_at = OutgoingLetter.objects.filter(pk=OuterRef("letter")).values(gone_at=F("made_at") + ON_THE_ROAD)
    return Recipient.objects.filter(state=states.QUEUED).update(
        state=states.SENT, tries=1, handed_over_at=Subquery(gone_at), ended_at=Subquery(gone_at), answer="250 2.0.0 Ok"
    )
