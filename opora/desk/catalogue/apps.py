"""The room as a Django app."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "opora.desk.catalogue"
    label = "catalogue"
    verbose_name = "Catalogue"
