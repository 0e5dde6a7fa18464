"""What sign-in forgets by itself. Running it twice does no harm."""

from datetime import datetime, timedelta

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
