"""The room as a Django app."""

from django.apps import AppConfig


class EmailConfig(AppConfig):
    name = "opora.desk.channels.email"
    label = "email_channel"
    verbose_name = "E-mail"
