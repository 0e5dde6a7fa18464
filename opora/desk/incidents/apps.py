"""The room as a Django app."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "opora.desk.incidents"
    label = "incidents"
    verbose_name = "Incidents"
