"""The room of work on customers' systems."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkroomConfig(AppConfig):
    """Work on customers' systems."""

    name = "opora.desk.workroom"
    label = "workroom"
    verbose_name = _("Work on customers’ systems")
