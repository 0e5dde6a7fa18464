"""The kernel as a Django app."""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "opora.desk.kernel"
    label = "kernel"
    verbose_name = "Kernel"
