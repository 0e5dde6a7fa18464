"""What the portal tidies by itself. May run twice without harm."""

from datetime import datetime

from opora.desk.web.portal import actions


def forget_sent_forms(*, at: datetime) -> int:
    """Drop keys of forms sent more than a week ago; returns how many."""
    return actions.forget_sent_forms(at=at)
