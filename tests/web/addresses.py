"""Every address of the desk, collected from the resolver: what is added there is walked by itself."""

import re
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

API_DOOR = "api/v1/<path:rest>"


@dataclass(frozen=True)
class Address:
    """An address with holes, `requests/<int:number>` for one."""

    pattern: str

    def filled(self, **parts: object) -> str:
        """The address with its holes filled. Raises KeyError naming a part nobody knows how to fill."""
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda hole: str(parts[hole[1]]), self.pattern)

    @property
    def holes(self) -> set[str]:
        """The names of its parts."""
        return set(re.findall(r"<(?:\w+:)?(\w+)>", self.pattern))


def every_address() -> list[Address]:
    """All of them, those of the API behind its one door too."""
    from opora.desk.web.api import addresses

    pages = [Address(pattern) for pattern in _collect(get_resolver().url_patterns, "") if pattern != API_DOOR]
    programs = [Address(pattern) for pattern in _collect(addresses.urlpatterns, "api/v1/")]
    return sorted({*pages, *programs} - {Address("api/v1/")}, key=lambda one: one.pattern)


def _collect(patterns: list[Any], before: str) -> list[str]:
    found: list[str] = []
    for one in patterns:
        here = before + str(one.pattern).lstrip("^").rstrip("$")
        if isinstance(one, URLResolver):
            found += _collect(one.url_patterns, here)
        elif isinstance(one, URLPattern):
            found.append(here)
    return found
