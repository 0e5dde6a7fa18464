"""The last app to be ready: everything is there, so the wires can be laid."""

from django.apps import AppConfig


class WiringConfig(AppConfig):
    name = "opora.config"
    label = "config"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the kernel who listens to what."""
        from opora.desk.wiring import wire

        wire()
