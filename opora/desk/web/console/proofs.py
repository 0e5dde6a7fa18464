"""Whether the sender of a letter is proved, in words under what it says: a From address is a claim, not a proof."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from opora.desk.channels.email.queries import Proved
from opora.desk.tickets.models import Ticket
from opora.desk.tickets.reading import PublicWords
from opora.desk.tickets.states import ENDED
from opora.desk.web.components import marks

LOOKS = {"pass": ("sent", "shield-check"), "fail": ("late", "alert-triangle"), "unknown": ("", "help-circle")}


def of(ticket: Ticket, words: Sequence[PublicWords], proofs: Sequence[Proved]) -> dict[int, SafeString]:
    """The line under each letter of the customer's side, by the number of its message."""
    letters = {one.number for one in words if one.colleague is None and one.channel == "email"}
    return {proved.message: _line(ticket, proved) for proved in proofs if proved.message in letters}


def _line(ticket: Ticket, proved: Proved) -> SafeString:
    tone, icon = LOOKS[proved.verdict]
    return mark_safe(
        f'<div class="delivery" data-live-inner><p class="{tone}">{marks.icon(icon)}'
        f"<span>{escape(in_words(proved))}</span></p>{_hint(ticket, proved)}</div>"
    )


def _hint(ticket: Ticket, proved: Proved) -> str:
    """The ticket the letter named, when its sender does not belong to it; one click joins them."""
    if proved.looks_like in (None, ticket.pk) or ticket.state in ENDED:
        return ""
    other = reverse("console:ticket", args=[proved.looks_like])
    where = reverse("console:act", args=[ticket.pk, "admit"])
    said = _("Looks like %(mark)s, but %(sender)s does not belong to it")
    mark = f'<a href="{other}">T-{proved.looks_like}</a>'
    words = escape(said) % {"mark": mark, "sender": escape(proved.sender)}
    return (
        f'<p class="soon">{marks.icon("link")}<span>{words}</span><button class="button small" form="road" name="other" '
        f'value="{proved.looks_like}" formaction="{where}">{escape(_("Join them"))}</button></p>'
    )


def in_words(proved: Proved) -> str:
    """The verdict and its reason, for a reader who knows nothing of mail."""
    if proved.verdict == "pass":
        return _("The sender is proved: %(domain)s stands behind this letter (%(how)s)") % {
            "domain": proved.domain,
            "how": proved.why.upper(),
        }
    if proved.verdict == "fail":
        return _("Beware: %(domain)s does not stand behind this letter; the sender may be forged") % {
            "domain": proved.domain or proved.sender
        }
    reasons = {
        "senders": _("The sender is not proved: the letter names none or several"),
        "contradiction": _("The sender is not proved: the checks contradict each other"),
        "nothing": _("The sender is not proved: nothing vouches for %(domain)s") % {"domain": proved.domain},
    }
    return reasons.get(proved.why, _("The sender is not proved: nobody has checked it"))
