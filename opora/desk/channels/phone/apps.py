"""The room as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PhoneConfig(AppConfig):
    """Phone."""

    name = "opora.desk.channels.phone"
    label = "phone_channel"
    verbose_name = _("Telephone")
