"""The area as a Django app."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """What customers see."""

    name = "opora.desk.web.portal"
    label = "web_portal"
    default_auto_field = "django.db.models.BigAutoField"
