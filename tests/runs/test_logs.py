"""Log lines: one fact each, as text or JSON, without secrets."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opora.config.http.tracing import request_id
from opora.config.log_lines import JsonLines, TextLines, blot


def record(message: str, *values, **extra) -> logging.LogRecord:
    made = logging.LogRecord("opora.web", logging.WARNING, "file.py", 1, message, values, None)
    made.__dict__.update(extra)
    return made


def test_a_text_line_names_moment_level_place_and_request():
    token = request_id.set("abc123")
    try:
        line = TextLines().format(record("%s pages", 3))
    finally:
        request_id.reset(token)
    moment, level, who, rest = line.split(" ", 3)
    assert moment.endswith("Z")
    assert (level, who, rest) == ("WARNING", "opora.web", "[abc123] 3 pages")


def test_a_json_line_is_one_object_with_what_was_given_beside():
    line = json.loads(JsonLines().format(record("kept", ticket=12)))
    assert (line["level"], line["who"], line["what"], line["ticket"]) == ("WARNING", "opora.web", "kept", 12)
    assert "request" not in line


def test_a_trace_is_kept_and_blotted():
    try:
        raise ValueError("postgresql://opora:s3cret@db/opora")
    except ValueError:
        import sys

        made = record("it broke")
        made.exc_info = sys.exc_info()
    for lines in (TextLines(), JsonLines()):
        text = lines.format(made)
        assert "ValueError" in text
        assert "s3cret" not in text


@pytest.mark.parametrize(
    "secret",
    [
        "postgresql://opora:{}@db.example/opora",
        "smtps://desk@mail:{}@mail.example:465",
        "password={}",
        '"token": "{}"',
        "Authorization: {}",
        "Cookie: opora_session={}",
        "client_secret={}",
    ],
)
def test_it_blots_out_secrets(secret):
    assert "hunter2x" not in blot(f"before {secret.format('hunter2x')} after")


@given(st.text())
def test_whatever_is_said_is_one_json_line(text):
    line = JsonLines().format(record("%s", text))
    assert "\n" not in line
    assert isinstance(json.loads(line)["what"], str)
