"""Static files, served by whitenoise from where they lie; those with a hash in their name are kept for a year."""

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from whitenoise import WhiteNoise  # type: ignore[import-untyped]

_HASHED = re.compile(r"[.-]([0-9A-Z]{8}|(?=[0-9a-z]*[0-9])[0-9a-z]{8,32})\.(css|js|mjs|svg|woff2|png|webp)$")


class StaticFiles(WhiteNoise):  # type: ignore[misc]
    """In debug mode looks a file up at each request, so that a rebuilt one shows at once."""

    def candidate_paths_for_url(self, url: str) -> Iterator[str]:
        prefix = settings.STATIC_URL
        if url.startswith(prefix) and (path := finders.find(url[len(prefix) :])):
            yield path


def with_static_files(app: Any) -> WhiteNoise:
    """The application with all static files of the installed apps in front of it."""
    served = StaticFiles(app, max_age=300, immutable_file_test=_is_hashed, autorefresh=settings.DEBUG)
    if settings.DEBUG:
        return served
    prefix = settings.STATIC_URL.strip("/")
    for finder in finders.get_finders():
        for path, storage in finder.list(None):
            name = getattr(storage, "prefix", None)
            url = f"/{prefix}/{name}/{path}" if name else f"/{prefix}/{path}"
            if url not in served.files:
                served.add_file_to_dictionary(url, storage.path(path))
    return served


def _is_hashed(_path: str, url: str) -> bool:
    return bool(_HASHED.search(url))
