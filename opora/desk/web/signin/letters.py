"""The letters of sign-in, in the reader's language."""

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from opora.desk.channels.email.actions import queue_notice
from opora.desk.customers.models import Contact
from opora.desk.web.signin import rules


def write_code(contact: Contact, *, to: str, number: str, at: datetime) -> None:
    """Queue the letter with the code; it goes out when the transaction stands."""
    minutes = int(rules.CODE_LIVES.total_seconds() // 60)
    with translation.override(contact.language):
        subject = _("%(number)s is your sign-in code") % {"number": number}
        text = _(
            "Your code to sign in: %(number)s\n\n"
            "It is good for %(minutes)d minutes and only in the browser where you asked for it.\n"
            "If you did not ask for it, do nothing: nobody gets in without it. We never ask you to tell it."
        ) % {"number": number, "minutes": minutes}
    if to.isascii():
        queue_notice(to=to, subject=subject, text=text, at=at, language=contact.language)
