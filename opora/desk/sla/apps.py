"""The room as a Django app."""

from django.apps import AppConfig


class SlaConfig(AppConfig):
    name = "opora.desk.sla"
    label = "sla"
    verbose_name = "Promises"
