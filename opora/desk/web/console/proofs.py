"""Whether the sender of a letter is proved, in words under what it says: a From address is a claim, not a proof."""

from collections.abc import Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from opora.desk.channels.email.queries import Proved
from opora.desk.tickets.reading import PublicWords
from opora.desk.web.components import marks

LOOKS = {"pass": ("sent", "shield-check"), "fail": ("late", "alert-triangle"), "unknown": ("", "help-circle")}


def of(words: Sequence[PublicWords], proofs: Sequence[Proved]) -> dict[int, SafeString]:
    """The line under each letter of the customer's side, by the number of its message."""
    letters = {one.number for one in words if one.colleague is None and one.channel == "email"}
    return {proved.message: _line(proved) for proved in proofs if proved.message in letters}


def _line(proved: Proved) -> SafeString:
    tone, icon = LOOKS[proved.verdict]
    return mark_safe(
        f'<div class="delivery" data-live-inner><p class="{tone}">{marks.icon(icon)}'
        f"<span>{escape(in_words(proved))}</span></p></div>"
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
