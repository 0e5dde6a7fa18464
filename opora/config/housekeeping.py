"""What grows and is of no use any more: ended sessions, old sign-in codes, guesses nobody counts, keys of sent forms
and of API calls. Events, tickets and letters are never touched.
"""

from datetime import datetime

from opora.desk.web.api.jobs import forget_old_calls
from opora.desk.web.portal.jobs import forget_sent_forms
from opora.desk.web.signin.jobs import forget_old


def keep_house(at: datetime) -> int:
    """Remove what is of no use any more; returns 0, for there is never more to do at once."""
    forget_old(at=at)
    forget_sent_forms(at=at)
    forget_old_calls(at=at)
    return 0
