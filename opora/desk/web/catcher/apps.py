"""The area as a Django app."""

from django.apps import AppConfig


class CatcherConfig(AppConfig):
    """The demo's letters."""

    name = "opora.desk.web.catcher"
    label = "web_catcher"
    default_auto_field = "django.db.models.BigAutoField"
