"""The marks and assets as template tags."""

from datetime import datetime
from urllib.parse import urlsplit

from django import template
from django.template.context import Context
from django.utils.html import escape
from django.utils.safestring import SafeString

from opora.desk.web.components import assets, marks

register = template.Library()
register.simple_tag(assets.address, name="asset")
register.simple_tag(marks.icon, name="icon")
register.simple_tag(marks.ago, name="ago")
register.simple_tag(marks.exact_time, name="moment")
register.simple_tag(marks.period, name="period")
register.simple_tag(marks.state, name="state")
register.simple_tag(marks.priority, name="priority")
register.simple_tag(marks.avatar, name="avatar")


@register.simple_tag(takes_context=True)
def time_left(context: Context, due: datetime | None, warn: datetime | None = None, big: str = "") -> SafeString:
    """`{% time_left clock.due_at clock.warn_at %}`, counted from the moment this page was asked for."""
    return marks.time_left(due, at=context["request"].at, warn=warn, big=bool(big))


@register.simple_tag(takes_context=True)
def here(context: Context, address: str) -> SafeString:
    """`aria-current="page"` when the page's own address is this one."""
    return SafeString('aria-current="page"') if context["request"].path == urlsplit(address).path else SafeString("")


@register.simple_tag(takes_context=True)
def with_query(context: Context, **changes: object) -> SafeString:
    """The page's own query with some parts changed; an empty value takes the part out."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value in ("", None):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return SafeString(f"?{escape(query.urlencode())}")
