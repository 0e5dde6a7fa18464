"""The request in work, for log lines: a mark of our own making, also sent back as `X-Request-ID`."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
