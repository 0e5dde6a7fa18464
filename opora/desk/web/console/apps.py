"""The area as a Django app."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The console."""

    name = "opora.desk.web.console"
    label = "web_console"
    verbose_name = "Console"
