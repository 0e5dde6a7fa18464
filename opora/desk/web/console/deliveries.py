"""How far each public message came to each of its recipients by e-mail, as words under the message.

What needs a person stands out, with what can be done about it; what went well is one quiet line.
"""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opora.desk.channels.email import states
from opora.desk.channels.email.queries import Way
from opora.desk.people.models import Staff
from opora.desk.people.policies import may
from opora.desk.tickets.events import REPLIED
from opora.desk.tickets.reading import Happened, PublicWords
from opora.desk.web.components import marks

TROUBLED = (states.FAILED, states.UNKNOWN)
ICONS = {
    states.QUEUED: "clock",
    states.SENDING: "send",
    states.SENT: "check",
    states.FAILED: "mail-off",
    states.UNKNOWN: "mail-question",
    states.DROPPED: "x",
}
TONES = {states.FAILED: " late", states.UNKNOWN: " soon"}


def of(
    words: Sequence[PublicWords], ways_found: Sequence[Way], history: Sequence[Happened], staff: Staff
) -> dict[int, SafeString]:
    """The line under each message, by its number. Under the customer's own words only what went wrong with their copies."""
    ways: dict[int, list[Way]] = {}
    for way in ways_found:
        ways.setdefault(way.message, []).append(way)
    ours = [one.number for one in words if one.colleague is not None]
    unwritten = {event.facts.get("message") for event in history if event.name == REPLIED and event.waits}
    handles = may(staff, "mail:handle")
    lines = {number: _line(ways[number], handles) for number in ours if number in ways}
    lines |= {number: _without_letter(number in unwritten) for number in ours if number not in ways}
    troubles = {one.number: [way for way in ways.get(one.number, ()) if way.state in TROUBLED] for one in words}
    return {number: _line(found, handles) for number, found in troubles.items() if found} | lines


def _line(ways: list[Way], handles: bool) -> SafeString:
    """All recipients of one message: those alike in one line, each trouble in its own."""
    parts = [_together(state, [way for way in ways if way.state == state]) for state in _calm_states(ways)]
    parts += [_trouble(way, handles) for way in ways if way.state in TROUBLED]
    return mark_safe(f'<div class="delivery" data-live-inner>{"".join(parts)}</div>')


def _calm_states(ways: list[Way]) -> list[str]:
    return list(dict.fromkeys(way.state for way in ways if way.state not in TROUBLED))


def _together(state: str, ways: list[Way]) -> str:
    names = ", ".join(way.email for way in ways)
    return (
        f'<p class="{state}">{marks.icon(ICONS[state])}<span>{escape(_said(state, ways) % {"names": names})}</span></p>'
    )


def _said(state: str, ways: list[Way]) -> str:
    if state == states.SENT:
        return _("Sent to %(names)s")
    if state == states.SENDING:
        return _("Being sent to %(names)s")
    if state == states.DROPPED:
        return _("Not sent to %(names)s: a colleague let it be")
    tries = max(way.tries for way in ways)
    if not tries:
        return _("Waiting to be sent to %(names)s")
    tried = ngettext("tried %(count)d time", "tried %(count)d times", tries) % {"count": tries}
    return _("Waiting to be sent to %(names)s") + f" ({tried})"


def _trouble(way: Way, handles: bool) -> str:
    failed = way.state == states.FAILED
    said = _("Not delivered to %(names)s") if failed else _("Nobody knows whether it reached %(names)s")
    why = f" <q>{escape(way.answer)}</q>" if way.answer else ""
    deeds = ""
    if handles:
        other = ("drop", _("Let it be")) if failed else ("arrived", _("It had arrived"))
        deeds = "".join(_button(way.recipient, *deed) for deed in (("resend", _("Send once more")), other))
    words = escape(said % {"names": way.email})
    return (
        f'<p class="{way.state}{TONES[way.state]}">{marks.icon(ICONS[way.state])}<span>{words}{why}</span>{deeds}</p>'
    )


def _button(recipient: int, verb: str, label: str) -> str:
    """A button of the page's one form for letters, which carries the token."""
    where = reverse("console:road_act", args=[recipient, verb])
    return f'<button class="button small" form="road" formaction="{where}">{escape(label)}</button>'


def _without_letter(waits: bool) -> SafeString:
    state, said = ("queued", _("Waiting to be sent")) if waits else ("dropped", _("No letter: read in the portal only"))
    return mark_safe(
        f'<div class="delivery" data-live-inner><p class="{state}">{marks.icon("clock" if waits else "mail-off")}'
        f"<span>{escape(said)}</span></p></div>"
    )
