"""What people wrote, made safe to show: nothing of theirs becomes markup, but addresses can be followed."""

from django.utils.html import escape, urlize
from django.utils.safestring import SafeString, mark_safe

LONGEST_LINKED = 50_000


def as_html(text: str) -> SafeString:
    """The words, escaped, with web and mail addresses as links; line breaks are kept by the style sheet."""
    if len(text) > LONGEST_LINKED:
        return mark_safe(escape(text))
    return mark_safe(urlize(text, nofollow=True, autoescape=True))
