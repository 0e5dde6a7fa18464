"""The room of written confirmations."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsentConfig(AppConfig):
    """Consent."""

    name = "opora.desk.consent"
    label = "consent"
    verbose_name = _("Confirmations")
