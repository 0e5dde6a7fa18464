"""The area as a Django app."""

from django.apps import AppConfig


class SigninConfig(AppConfig):
    """Sign-in, second factors, sessions, profiles."""

    name = "opora.desk.web.signin"
    label = "web_signin"
    verbose_name = "Sign-in"
