"""JSON as UTF-8, letters as letters."""

from typing import Any

import orjson
from django.http import HttpRequest
from ninja.renderers import BaseRenderer


def as_json(content: Any) -> bytes:
    """The content as JSON; moments in UTC end with Z."""
    return orjson.dumps(content, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS, default=str)


class Renderer(BaseRenderer):
    """What ninja writes its answers with."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        """The answer's bytes."""
        return as_json(data)
