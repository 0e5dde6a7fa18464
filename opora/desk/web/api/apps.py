"""The area as a Django app."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Version 1 of the API."""

    name = "opora.desk.web.api"
    label = "web_api"
    verbose_name = "API"
