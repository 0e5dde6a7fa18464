"""What sign-in forgets by itself. Running it twice does no harm."""

from datetime import datetime, timedelta

from opora.desk.kernel.models import Event
from opora.desk.web.signin.actions import send_code
from opora.desk.web.signin.models import Guesses, Session, SignInCode
from opora.desk.web.signin.rules import FORGOTTEN_AFTER

KEPT_AFTER_END = timedelta(days=1)


def forget_old(*, at: datetime) -> int:
    """Delete sessions that have ended, codes that ended a day ago and guesses nobody counts any more; how many."""
    old = (
        Session.objects.filter(expire_date__lt=at),
        SignInCode.objects.filter(ends_at__lt=at - KEPT_AFTER_END),
        Guesses.objects.filter(last_at__lt=at - FORGOTTEN_AFTER),
    )
    return sum(rows.delete()[0] for rows in old)


def send_asked_code(event: Event, at: datetime) -> None:
    """Somebody asked for a code: send it if the address is known (a listener; it may be told twice)."""
    send_code(event.subject_id, at=at)
