"""What happens to cases by itself. May run twice or twice at once without harm."""

from datetime import datetime

from django.db import transaction

from opora.desk.vendors import actions
from opora.desk.vendors.models import VendorCase


def chase_due(*, at: datetime, limit: int = 50) -> int:
    """Ask again where the time has come; returns how many cases were looked at."""
    with transaction.atomic():
        rows = VendorCase.objects.select_for_update(skip_locked=True, of=("self",)).filter(next_chase_at__lte=at)
        due = list(rows.select_related("ticket", "vendor", "terms__calendar_version").order_by("next_chase_at")[:limit])
        for case in due:
            actions.chase_again(case, at=at)
    return len(due)
