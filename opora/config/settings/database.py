"""The one database engine: PostgreSQL, external by DATABASE_URL or embedded in the state folder."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from opora.config.settings import env
from opora.config.settings.paths import OPORA_STATE

DATABASE_URL = env.secret("DATABASE_URL")
DATABASE_LISTEN_URL = env.secret("DATABASE_LISTEN_URL")


def connection_from_url(url: str) -> dict[str, Any]:
    """Django's connection settings for a postgresql:// URL; several hosts may be given, parted by commas.

    Statements that ask for it (`kernel.asking`) are prepared, unless a second address says that a pooler stands between:
    what is prepared outlives a transaction. Raises BadSetting when the URL is not PostgreSQL's.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise env.BadSetting("DATABASE_URL must begin with postgresql://.")
    credentials, _, places = parts.netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    hosts = [_host_and_port(place) for place in places.split(",")] if places else []
    options = dict(parse_qsl(parts.query))
    host = ",".join(h for h, _ in hosts) or options.pop("host", "")
    options.pop("host", None)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "opora",
        "USER": unquote(user),
        "PASSWORD": unquote(password),
        "HOST": host,
        "PORT": ",".join(p for _, p in hosts) or options.pop("port", ""),
        "OPTIONS": {"prepare_threshold": None if DATABASE_LISTEN_URL else 0, **options},
    }


def _host_and_port(place: str) -> tuple[str, str]:
    host, colon, port = place.rpartition(":")
    if colon and port.isdecimal():
        return host.strip("[]"), port
    return place.strip("[]"), "5432"


def embedded_url() -> str:
    """The address of the embedded server, written by it when it is ready; it is never reachable by TCP."""
    note = OPORA_STATE / "pg.url"
    return (
        note.read_text(encoding="utf-8").strip() if note.exists() else f"postgresql://opora@/opora?host={OPORA_STATE}"
    )


DATABASE_EXTERNAL = bool(DATABASE_URL)

_connection = connection_from_url(DATABASE_URL or embedded_url())
_connection["CONN_MAX_AGE"] = None
_connection["CONN_HEALTH_CHECKS"] = True
DATABASES = {"default": _connection}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
