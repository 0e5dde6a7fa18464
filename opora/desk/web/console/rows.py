"""Rows of the queue, made in code: fifty rows of a dozen marks each are too many template tags."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_current_timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from opora.desk.dispatch.queries import Row
from opora.desk.tickets import definitions
from opora.desk.tickets.rules import turns
from opora.desk.web.components import marks

CUT = "\0"
ROW = (
    '<tr data-row="{pk}" class="ticket-row \0">'
    '<td class="c-pick"><input type="checkbox" name="numbers" value="{pk}" form="bulk" aria-label="{pick}"></td>'
    '<td class="c-priority" title="{priority_title}">{priority}</td>'
    '<td class="c-number number">{mark}</td>'
    '<td class="c-subject"><a href="{address}" data-main><span class="subject">{subject}</span></a>'
    '<span class="from">{who}</span>{tags}</td>'
    '<td class="c-state">{state}</td>'
    '<td class="c-who">{assignee}</td>'
    '<td class="c-clock">\0</td>'
    '<td class="c-changed">{changed}</td></tr>'
)


def rows(tickets: Iterable[Row], *, at: datetime, queue: str) -> SafeString:
    """The rows as markup; `queue` is where "back" leads from the ticket."""
    language, zone = get_language() or "en", str(get_current_timezone())
    return mark_safe("".join(_row(ticket, language, zone, at, queue) for ticket in tickets))


def _row(ticket: Row, language: str, zone: str, at: datetime, queue: str) -> str:
    """One row: what stays the same while the ticket does, and the time left, which never does."""
    before, middle, after = _standing(ticket, language, zone, queue)
    if ticket.due_at is None:
        return f"{before}{middle}{after}"
    late = "is-late" if ticket.due_at < at else ""
    return f"{before}{late}{middle}{marks.time_left(ticket.due_at, at=at)}{after}"


@lru_cache(maxsize=8192)
def _standing(ticket: Row, language: str, zone: str, queue: str) -> tuple[str, str, str]:  # noqa: ARG001
    """The row up to its class, from there to the clock, and from there on. Kept: queues show the same rows all day."""
    words = _words(language)
    who = (ticket.requester or words.unknown) + (f" · {ticket.organisation}" if ticket.organisation else "")
    made = ROW.format(
        pk=ticket.pk,
        pick=words.pick % {"mark": ticket.mark},
        priority_title=words.priority_titles[ticket.priority],
        priority=words.priorities[ticket.priority],
        mark=ticket.mark,
        address=f"{words.address}{ticket.pk}?queue={queue}",
        subject=escape(ticket.subject),
        who=escape(who),
        tags=_went(ticket) + "".join(f'<span class="badge outline">{escape(tag)}</span>' for tag in ticket.tags[:3]),
        state=words.states[ticket.state],
        assignee=_assignee(ticket, words),
        changed=marks.ago(ticket.changed_at),
    )
    before, middle, after = made.split(CUT)
    return before, middle, after


class Words:
    """The words that repeat from row to row, translated once."""

    def __init__(self) -> None:
        self.pick = escape(_("Pick %(mark)s"))
        self.unknown = _("unknown sender")
        nobody = escape(_("nobody"))  # outside the f-string, for the collector of translations
        self.nobody = f'<span class="quiet">{nobody}</span>'
        self.states = {code: marks.state(code, label) for code, label in definitions.STATES.items()}
        self.priorities = {code: marks.priority(code, said[0]) for code, said in definitions.PRIORITIES.items()}
        self.priority_titles = {code: escape(said[0]) for code, said in definitions.PRIORITIES.items()}
        self.address = reverse("console:ticket", args=[0])[:-1]


@lru_cache(maxsize=16)
def _words(language: str) -> Words:  # noqa: ARG001
    """The words of a language; called only while it is the active one."""
    return Words()


def _went(ticket: Row) -> str:
    """How often it was handed over; ping-pong is marked, for somebody should stop it."""
    times, turned = len(ticket.ways), turns(ticket.ways)
    if not times:
        return ""
    said = ngettext("Handed over once", "Handed over %(times)d times", times) % {"times": times}
    if turned:
        back = ngettext("turned round once", "turned round %(turns)s times", turned) % {"turns": turned}
        said = f"{said}, {back}"
    sign = marks.icon("arrows-exchange" if turned else "arrow-forward-up")
    title = escape(said)
    tone = "soon" if turned else "outline"
    return (
        f'<span class="badge {tone}" title="{title}">{sign}{times}<span class="seen-by-readers"> {title}</span></span>'
    )


def _assignee(ticket: Row, words: Words) -> str:
    if ticket.assignee is not None:
        return f'{marks.avatar(ticket.assignee)}<span class="cut">{escape(ticket.assignee)}</span>'
    return f'<span class="cut">{escape(ticket.line)}</span>' if ticket.line is not None else words.nobody
