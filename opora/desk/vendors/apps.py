"""The room as a Django app."""

from django.apps import AppConfig


class VendorsConfig(AppConfig):
    name = "opora.desk.vendors"
    label = "vendors"
    verbose_name = "Vendors"
