"""Log lines: the moment, how bad, who, which request, what. Passwords in addresses are blotted out wherever they stand."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from opora.config.http.tracing import request_id

_PASSWORD = re.compile(r"(?P<before>[a-z][a-z0-9+.-]*://[^\s:/]*):[^\s/]+@", re.I)
_SECRET = re.compile(
    r"(?P<name>password|passwd|secret|token|authorization|cookie)(?P<sign>[\"']?\s*[=:]\s*)[^\s,;]+", re.I
)
_OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "request", "taskName"}


def blot(text: str) -> str:
    """The text without passwords, tokens and cookies."""
    return _SECRET.sub(r"\g<name>\g<sign>…", _PASSWORD.sub(r"\g<before>:…@", text))


class TextLines(logging.Formatter):
    """For people: `2026-11-23T10:00:00.123Z INFO opora.web [request] words`."""

    def format(self, record: logging.LogRecord) -> str:
        mark = f" [{found}]" if (found := request_id.get()) else ""
        line = f"{_moment(record)} {record.levelname} {record.name}{mark} {blot(record.getMessage())}"
        return f"{line}\n{blot(self._trace(record))}" if record.exc_info else line

    def _trace(self, record: logging.LogRecord) -> str:
        return self.formatException(record.exc_info) if record.exc_info else ""


class JsonLines(TextLines):
    """For machines: one JSON object per line; values given by `extra=` are kept under their names."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": _moment(record),
            "level": record.levelname,
            "who": record.name,
            "what": blot(record.getMessage()),
            "process": record.process,
        }
        if found := request_id.get():
            line["request"] = found
        line |= {name: value for name, value in record.__dict__.items() if name not in _OWN}
        if record.exc_info:
            line["trace"] = blot(self._trace(record))
        return json.dumps(line, ensure_ascii=False, default=str)


def _moment(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
