from django.apps import AppConfig


class ComponentsConfig(AppConfig):
    """The shared look."""

    name = "opora.desk.web.components"
    label = "web_components"
