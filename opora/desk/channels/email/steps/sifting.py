"""Spam, by the verdict of our border's filter (rspamd and those who write the same fields), never by guesses of our own."""

import re

from django.conf import settings

from opora.desk.channels.email.case import Case, Verdict, go_on, set_aside
from opora.desk.channels.email.parsing.headers import BLOCK_LIMIT, split_head

_BAD_ACTION = re.compile(r"add header|rewrite subject|reject", re.I)


def sift_spam(case: Case) -> Verdict:
    """Sets aside what the filter calls spam: colleagues see it on a shelf of its own, and may take it back."""
    raw = case.raw
    if raw.waved_through or not settings.OPORA_MAIL_SPAM_HEADERS or raw.transport == "import":
        return go_on()
    head, _ = split_head(bytes(raw.raw)[: BLOCK_LIMIT + 2])
    for name in ("x-spam", "x-spam-flag", "x-spam-status"):
        if head.words(name).lower().startswith("yes"):
            return set_aside(f"the filter says so ({name.title()}: {head.words(name)[:80]})")
    if _BAD_ACTION.search(head.words("x-rspamd-action")):
        return set_aside(f"the filter says so (X-Rspamd-Action: {head.words('x-rspamd-action')[:80]})")
    return go_on()
