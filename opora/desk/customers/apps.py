"""The room as a Django app."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "opora.desk.customers"
    label = "customers"
    verbose_name = "Customers"
