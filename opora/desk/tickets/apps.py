"""The room as a Django app."""

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "opora.desk.tickets"
    label = "tickets"
    verbose_name = "Tickets"
