"""What was taken down, as the customer reads it: in the language that is switched on. Only words, no decisions."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

WORKS_WORDS = {
    "nothing": gettext_lazy("nothing works"),
    "part": gettext_lazy("a part does not work"),
    "slow": gettext_lazy("everything works, but badly or slowly"),
    "all": gettext_lazy("everything works; it is a question or a wish"),
}
HIT_WORDS = {
    "everybody": gettext_lazy("everybody"),
    "many": gettext_lazy("several people"),
    "one": gettext_lazy("the caller alone"),
}


def as_text(said: Mapping[str, str]) -> str:
    """The words of the ticket: the caller's own first, then each answer on a line."""
    lines = [said["happened"].strip(), ""]
    if said["works"] in WORKS_WORDS:
        lines.append(_("What works: %(words)s.") % {"words": WORKS_WORDS[said["works"]]})
    if said["hit"] in HIT_WORDS and said["works"] != "all":
        lines.append(_("Who is hit: %(words)s.") % {"words": HIT_WORDS[said["hit"]]})
    if said["losing"]:
        lines.append(_("Data or money is being lost right now."))
    if said["since"].strip():
        lines.append(_("Since when: %(words)s.") % {"words": said["since"].strip().rstrip(".")})
    return "\n".join(lines).strip()
