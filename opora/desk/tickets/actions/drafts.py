"""Words not yet said. Kept while typing, dropped when said; a draft is nobody's business but its writer's."""

from datetime import datetime

from opora.desk.people.models import Staff
from opora.desk.tickets import rules
from opora.desk.tickets.models import Draft, Ticket


def keep_draft(ticket: Ticket, *, by: Staff, kind: str, text: str, at: datetime) -> None:
    """Keep the words; empty ones drop the draft. No event: nothing was said yet."""
    if not text.strip():
        drop_draft(ticket, by=by, kind=kind)
        return
    Draft.objects.update_or_create(
        ticket=ticket, staff=by, kind=Draft.Kind(kind), defaults={"text": rules.clean_text(text), "changed_at": at}
    )


def drop_draft(ticket: Ticket, *, by: Staff, kind: str) -> None:
    """Forget the words."""
    Draft.objects.filter(ticket=ticket, staff=by, kind=kind).delete()
