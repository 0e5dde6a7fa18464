"""The portal's own filters."""

from django import template

from opora.desk.web.components.wording import as_html

register = template.Library()
register.filter("as_html", as_html)
