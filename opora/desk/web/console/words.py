"""The console's own words for queues and choices, in the reader's language."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

QUEUES: dict[str, tuple[str | Promise, str]] = {
    "mine": (_("My tickets"), "user"),
    "line": (_("My line"), "users"),
    "unassigned": (_("Nobody's yet"), "user-off"),
    "due": (_("Due soon"), "clock-exclamation"),
    "waiting": (_("Waiting"), "hourglass"),
    "all": (_("All open"), "inbox"),
    "ended": (_("Ended"), "archive"),
}

EMPTY: dict[str, tuple[str | Promise, str | Promise]] = {
    "mine": (_("Nothing is yours right now"), _("Take something from your line: open it and press “Take it”.")),
    "line": (_("Your line has nothing open"), _("New tickets of your line show up here by themselves.")),
    "unassigned": (_("Everything has somebody"), _("A ticket that nobody has taken yet would stand here.")),
    "due": (
        _("No promise runs out soon"),
        _("Tickets whose promise ends within four hours stand here, soonest first."),
    ),
    "waiting": (_("We wait for nobody"), _("Tickets that wait for a customer or a vendor stand here.")),
    "all": (_("Nothing is open"), _("A quiet day. New tickets show up here by themselves.")),
    "ended": (_("Nothing has ended yet"), _("Resolved, closed and merged tickets stand here.")),
}
