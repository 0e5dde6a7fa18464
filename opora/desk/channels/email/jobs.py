"""What the worker does with letters, again and again. Each may run twice and in several processes at once."""

from datetime import datetime

from django.conf import settings

from opora.desk.kernel import clock

from .chain import process_due
from .floods import let_go
from .learning import chosen_filter, teach
from .senders import SmtpSender, read_url
from .sending import Outbox, settle_abandoned

_senders: dict[str, SmtpSender] = {}


def read_letters(at: datetime, limit: int = 50) -> int:
    """Put stored letters through the chain; returns how many were looked at."""
    return process_due(at=at, limit=limit).taken


def let_go_of_held(at: datetime) -> int:
    """Put letters held back by the caps on their way again as their hour has room; returns how many."""
    return let_go(at=at)


def teach_filter(at: datetime) -> int:
    """Tell the spam filter what colleagues said; returns how many letters it learnt."""
    return teach(chosen_filter(), at=at)


def send_letters(at: datetime, limit: int = 20) -> int:
    """Hand letters that are due to the server of OPORA_SMTP_URL; returns how many were tried. Without one they wait.

    One thread at a time may run it in a process: the connection is kept.
    """
    url = str(settings.OPORA_SMTP_URL)
    if not url:
        return settle_abandoned(at=at) * 0
    sender = _senders.get(url)
    if sender is None:
        sender = _senders[url] = SmtpSender(read_url(url))
    return Outbox(sender, clock.now).send_due(limit=limit)
