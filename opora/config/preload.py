"""Loads all that web, worker and mail need, once, before the supervisor forks them. Opens no connection, starts no thread."""

import os


def load() -> None:
    """Set Django up and import every part with all its views, which the commands import only when they run."""
    import django
    from django.urls import get_resolver

    os.environ["DJANGO_SETTINGS_MODULE"] = "opora.config.settings"
    django.setup()
    _parts()
    get_resolver().url_patterns  # noqa: B018


def _parts() -> None:
    import uvloop  # noqa: F401
    from uvicorn.lifespan import on  # noqa: F401
    from uvicorn.protocols.http import httptools_impl  # noqa: F401

    from opora.config import asgi, mailroad, timetable, web, worker  # noqa: F401
    from opora.desk.channels.email import listener  # noqa: F401
