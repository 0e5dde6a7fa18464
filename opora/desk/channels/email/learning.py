"""Teaching the spam filter what colleagues said, through a port: rspamd's controller, or nobody."""

import logging
from datetime import datetime, timedelta
from typing import Protocol
from urllib.error import URLError
from urllib.request import Request, urlopen

from django.conf import settings
from django.db import transaction

from .models import Lesson

log = logging.getLogger("opora.mail")

PATIENCE = 20
GIVE_UP_AFTER = timedelta(days=2)


class Filter(Protocol):
    """Something that learns."""

    def learn(self, raw: bytes, *, spam: bool) -> str:
        """Learn that the letter is, or is not, spam; what the filter said. Raises OSError when it cannot be reached."""


class Rspamd:
    """rspamd's controller (`/learnspam`, `/learnham`)."""

    def __init__(self, address: str, password: str) -> None:
        self._address = address.rstrip("/")
        self._password = password

    def learn(self, raw: bytes, *, spam: bool) -> str:
        """See `Filter`. A letter it knows already (208) is learnt."""
        if not self._address.startswith(("http://", "https://")):
            raise OSError("OPORA_RSPAMD_URL must begin with http:// or https://")
        where = f"{self._address}/{'learnspam' if spam else 'learnham'}"
        asked = Request(where, data=raw, headers={"Password": self._password}, method="POST")  # noqa: S310
        with urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310 - the scheme is checked above
            return f"{answer.status} {answer.read(200).decode('utf-8', 'replace')}"


def chosen_filter() -> Filter | None:
    """That of the settings."""
    address = str(settings.OPORA_RSPAMD_URL)
    return Rspamd(address, str(settings.OPORA_RSPAMD_PASSWORD)) if address else None


def teach(filter_: Filter | None, *, at: datetime, limit: int = 20) -> int:
    """Tell the filter what waits; returns how many it learnt. What it cannot hear for two days is let be.

    The filter is asked outside any transaction; telling it twice does no harm.
    """
    learnt = 0
    waiting = Lesson.objects.filter(taught_at__isnull=True).select_related("raw").order_by("pk")
    for lesson in list(waiting[:limit]):
        if filter_ is None or at - lesson.made_at > GIVE_UP_AFTER:
            _write(lesson, "nobody listened", at)
            continue
        try:
            said = filter_.learn(bytes(lesson.raw.raw), spam=lesson.spam)
        except (OSError, URLError) as trouble:
            log.warning("the spam filter did not learn: %s", trouble)
            break
        _write(lesson, said, at)
        learnt += 1
    return learnt


@transaction.atomic
def _write(lesson: Lesson, said: str, at: datetime) -> None:
    Lesson.objects.filter(pk=lesson.pk, taught_at__isnull=True).update(taught_at=at, answer=said[:300])
