"""The room as a Django app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "opora.desk.people"
    label = "people"
    verbose_name = "People"
