"""Secret addresses under which a calendar program reads the duty. The secret is shown once; only its hash is kept."""

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from opora.desk.kernel.actions import announce
from opora.desk.people import events
from opora.desk.people.models import DutyFeed, Staff, Team


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def make_feed(*, by: Staff, at: datetime, team: Team | None = None) -> str:
    """A new secret for one's own duty, or for a whole team's; the older one for the same ends. Returns the token."""
    revoke_feed(by=by, at=at, team=team)
    token = secrets.token_urlsafe(24)
    feed = DutyFeed.objects.create(staff=by, team=team, token_hash=hash_of(token), made_at=at)
    announce(
        events.FEED_MADE, subject=("staff", by.pk), by=by.actor, at=at, feed=feed.pk, team=team.pk if team else None
    )
    return token


@transaction.atomic
def revoke_feed(*, by: Staff, at: datetime, team: Team | None = None) -> None:
    """The address stops working at once."""
    for feed in DutyFeed.objects.filter(staff=by, team=team, revoked_at=None):
        DutyFeed.objects.filter(pk=feed.pk, revoked_at=None).update(revoked_at=at)
        announce(events.FEED_REVOKED, subject=("staff", by.pk), by=by.actor, at=at, feed=feed.pk)
