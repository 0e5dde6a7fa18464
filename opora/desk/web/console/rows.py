"""Rows of the queue, made in code: fifty rows of a dozen marks each are too many template tags."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from opora.desk.tickets import definitions
from opora.desk.tickets.models import Ticket
from opora.desk.web.components import marks

ROW = (
    '<tr data-row="{pk}" class="ticket-row {level}">'
    '<td class="c-pick"><input type="checkbox" name="numbers" value="{pk}" form="bulk" aria-label="{pick}"></td>'
    '<td class="c-priority" title="{priority_title}">{priority}</td>'
    '<td class="c-number number">{mark}</td>'
    '<td class="c-subject"><a href="{address}" data-main><span class="subject">{subject}</span></a>'
    '<span class="from">{who}</span>{tags}</td>'
    '<td class="c-state">{state}</td>'
    '<td class="c-who">{assignee}</td>'
    '<td class="c-clock">{clock}</td>'
    '<td class="c-changed">{changed}</td></tr>'
)


def rows(tickets: Iterable[Ticket], *, at: datetime, queue: str) -> SafeString:
    """The rows as markup; `queue` is where "back" leads from the ticket."""
    words = Words()
    return mark_safe("".join(row(ticket, words, at=at, queue=queue) for ticket in tickets))


class Words:
    """The words that repeat from row to row, translated once."""

    def __init__(self) -> None:
        self.pick = escape(_("Pick %(mark)s"))
        self.nobody = f'<span class="quiet">{escape(_("nobody"))}</span>'
        self.states = {code: marks.state(code, label) for code, label in definitions.STATES.items()}
        self.priorities = {code: marks.priority(code, said[0]) for code, said in definitions.PRIORITIES.items()}
        self.priority_titles = {code: escape(said[0]) for code, said in definitions.PRIORITIES.items()}
        self.address = reverse("console:ticket", args=[0])[:-1]


def row(ticket: Ticket, words: Words, *, at: datetime, queue: str) -> str:
    """One row."""
    requester, organisation = ticket.requester, ticket.organisation
    who = f"{requester.name or _('unknown sender')}" + (f" · {organisation.name}" if organisation else "")
    late = ticket.due_at is not None and ticket.due_at < at
    return ROW.format(
        pk=ticket.pk,
        level="is-late" if late else "",
        pick=words.pick % {"mark": ticket.mark},
        priority_title=words.priority_titles[ticket.priority],
        priority=words.priorities[ticket.priority],
        mark=ticket.mark,
        address=f"{words.address}{ticket.pk}?queue={queue}",
        subject=escape(ticket.subject),
        who=escape(who),
        tags="".join(f'<span class="badge outline">{escape(tag)}</span>' for tag in ticket.tags[:3]),
        state=words.states[ticket.state],
        assignee=_assignee(ticket, words),
        clock=marks.time_left(ticket.due_at, at=at),
        changed=marks.ago(ticket.changed_at),
    )


def _assignee(ticket: Ticket, words: Words) -> str:
    if ticket.assignee is not None:
        return f'{marks.avatar(ticket.assignee.name)}<span class="cut">{escape(ticket.assignee.name)}</span>'
    line = f'<span class="cut">{escape(ticket.line.name)}</span>' if ticket.line is not None else ""
    return line or words.nobody
