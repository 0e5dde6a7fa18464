"""The web port: where it listens, what it serves, how pages are put together."""

from pathlib import Path
from urllib.parse import urlsplit

from opora.config.settings import env
from opora.config.settings.paths import OPORA_STATE

OPORA_LISTEN = env.address("OPORA_LISTEN", "127.0.0.1:8480")
OPORA_SITE_URL = env.site("OPORA_SITE_URL", f"http://localhost:{OPORA_LISTEN[1]}")
OPORA_TRUSTED_PROXIES = env.words("OPORA_TRUSTED_PROXIES", "127.0.0.1")
OPORA_METRICS_FROM = env.networks("OPORA_METRICS_FROM", "127.0.0.1, ::1")
DEBUG = env.switch("OPORA_DEBUG")

_site = urlsplit(OPORA_SITE_URL)
ALLOWED_HOSTS = ["*"] if DEBUG else [_site.hostname or "localhost", "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [f"{_site.scheme}://{_site.netloc}"]

ROOT_URLCONF = "opora.config.urls"
WSGI_APPLICATION = None
APPEND_SLASH = True
STATIC_URL = "/static/"
STATIC_ROOT = OPORA_STATE / "static"
MEDIA_ROOT = OPORA_STATE / "files"
OPORA_FILES_URL = env.secret("OPORA_FILES_URL")
DATA_UPLOAD_MAX_MEMORY_SIZE = 30 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
OPORA_LARGEST_FILE = 25 * 1024 * 1024

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]


def storages(files_url: str, media_root: Path) -> dict[str, dict[str, object]]:
    """Django's STORAGES: local disk by default, any S3-compatible store by `s3://bucket?endpoint=…`."""
    static: dict[str, object] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    if not files_url:
        local: dict[str, object] = {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(media_root)},
        }
        return {"default": local, "staticfiles": static}
    return {"default": _s3(files_url), "staticfiles": static}


def _s3(files_url: str) -> dict[str, object]:
    from urllib.parse import parse_qs

    parts = urlsplit(files_url)
    if parts.scheme != "s3":
        raise env.BadSetting("OPORA_FILES_URL must begin with s3://.")
    asked = parse_qs(parts.query)
    options: dict[str, object] = {
        "bucket_name": parts.hostname,
        "access_key": parts.username,
        "secret_key": parts.password,
        "endpoint_url": asked.get("endpoint", [None])[0],
        "region_name": asked.get("region", [None])[0],
        "querystring_auth": True,
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


STORAGES = storages(OPORA_FILES_URL, MEDIA_ROOT)
