"""The words of a request for confirmation in the console, in the reader's language. The customer's text is made elsewhere."""

from django.utils.translation import gettext_lazy as _

ACTION_WORDS = {
    "look": _("look"),
    "restart": _("restart services or machines"),
    "change": _("change settings"),
    "install": _("install or update software"),
    "transfer_files": _("transfer files"),
    "restore": _("restore from a backup"),
    "delete": _("delete"),
}
LEVEL_WORDS = {
    "look": _("look only"),
    "user": _("an ordinary user"),
    "superuser": _("superuser: the answer must come from the page or the portal"),
}
WATCHING_WORDS = {
    "none": _("may watch"),
    "notify": _("is told when work begins"),
    "must": _("must be watching all the time, or the work pauses"),
    "must_end": _("must be watching all the time, or the work ends"),
}
