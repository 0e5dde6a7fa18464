"""The room as a Django app."""

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "opora.desk.dispatch"
    label = "dispatch"
    verbose_name = "Dispatch"
