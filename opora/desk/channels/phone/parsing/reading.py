"""One request of an exchange, understood by its preset. Pure: bytes and a preset in, plain facts out."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from opora.desk.channels.phone.parsing.numbers import in_e164, is_extension
from opora.desk.channels.phone.parsing.presets import IGNORED, Preset

LARGEST = 64 * 1024
LONGEST = 200
DEEPEST = 4


class Unreadable(ValueError):
    """A request that tells of no call; `str()` says what is missing."""


@dataclass(frozen=True, slots=True)
class CallWord:
    """What one request says of one call. Numbers in E.164, "" when hidden; `*_written` are as the exchange wrote them."""

    call: str
    phase: str
    outgoing: bool
    caller: str
    caller_written: str
    called: str
    called_written: str
    people: tuple[str, ...] = ()
    queue: str = ""
    cause: str = ""
    recording: str = ""
    seconds: int | None = None
    answered: bool | None = None


type Fields = Mapping[str, list[str]]


def read_fields(body: bytes, content_type: str, query: str = "") -> dict[str, list[str]]:
    """Return the fields of a request, JSON or form, as lists of texts; inner objects by dotted names. Raises Unreadable."""
    if len(body) > LARGEST:
        raise Unreadable("the request is too large")
    text = body.decode("utf-8", "replace").replace("\x00", "")
    fields: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        fields.setdefault(name, []).append(value)
    if "json" in content_type.lower() or text.lstrip()[:1] == "{":
        _flatten("", _object(text), fields)
    else:
        for name, value in parse_qsl(text, keep_blank_values=True):
            fields.setdefault(name, []).append(value)
    return fields


def read_call(fields: Fields, preset: Preset, region: str) -> CallWord | None:
    """Return what a request says, None for an event that is of no interest. Raises Unreadable when it names no call."""
    told = dict(fields)
    if preset.inner_json:
        _flatten("", _object(_first(fields, (preset.inner_json,))), told)
    event = _event(told, preset)
    phase = preset.phases.get(event)
    if phase == IGNORED or any(_first(told, (name,)) == "1" for name in preset.among_us):
        return None
    call = _first(told, preset.call)
    if not event or not call:
        raise Unreadable("the request names no event or no call")
    if phase is None:
        raise Unreadable(f"the event {event[:40]} is unknown")
    caller, called = _first(told, preset.caller), _first(told, preset.called)
    cause = _first(told, preset.cause)
    outgoing = _is_outgoing(told, preset, event, region)
    if outgoing and preset.called_by_us:
        called = _first(told, preset.called_by_us)
    return CallWord(
        call=call[:LONGEST],
        phase=phase,
        outgoing=outgoing,
        caller=in_e164(caller, region),
        caller_written=caller.strip()[:LONGEST],
        called=in_e164(called, region),
        called_written=called.strip()[:LONGEST],
        people=_people(told, preset.people_by_us or (*preset.people, *preset.caller) if outgoing else preset.people),
        queue=_first(told, preset.queue)[:LONGEST],
        cause=cause[:LONGEST],
        recording=_first(told, preset.recording)[:1000],
        seconds=_seconds(_first(told, preset.duration)),
        answered=cause in preset.answered_by_status if preset.answered_by_status and phase == "ended" else None,
    )


def is_proved(fields: Fields, headers: Mapping[str, str], preset: Preset, secret: str) -> bool:
    """Return whether the request proves itself as the preset wants. A preset that wants proof never believes an empty secret."""
    proof = preset.proof
    if not proof.kind:
        return True
    if not secret:
        return False
    if proof.kind == "plain":
        return hmac.compare_digest(_first(fields, (proof.place,)).encode(), secret.encode())
    if proof.kind == "sha256":
        key = _first(fields, (proof.key_field,))
        expected = hashlib.sha256((key + _first(fields, proof.over) + secret).encode()).hexdigest()
        return hmac.compare_digest(_first(fields, (proof.place,)).lower().encode(), expected.encode())
    over = proof.by_event.get(_first(fields, preset.event), ())
    message = "".join(_first(fields, (name,)) for name in over)
    digest = hmac.new(secret.encode(), message.encode(), hashlib.sha1).hexdigest()
    expected = base64.b64encode(digest.encode()).decode()
    given = next((value for name, value in headers.items() if name.lower() == proof.header.lower()), "")
    return bool(over) and hmac.compare_digest(given.encode(), expected.encode())


def _event(told: Fields, preset: Preset) -> str:
    """The event by the first field whose word the preset knows; else whatever stands in the first."""
    said = [_first(told, (name,)) for name in preset.event]
    return next((word for word in said if word in preset.phases), next((word for word in said if word), ""))


def _is_outgoing(told: Fields, preset: Preset, event: str, region: str) -> bool:
    if event in preset.outgoing_events or _first(told, preset.outgoing_by):
        return True
    if direction := _first(told, preset.direction).lower():
        return direction in preset.outgoing
    return is_extension(_first(told, preset.caller)) and bool(in_e164(_first(told, preset.called), region))


def _object(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("the request is no JSON") from None
    if not isinstance(told, dict):
        raise Unreadable("the request is no JSON object")
    return told


def _flatten(prefix: str, told: Mapping[str, Any], fields: dict[str, list[str]]) -> None:
    for name, value in told.items():
        values = value if isinstance(value, list) else [value]
        for one in values:
            if isinstance(one, dict):
                if prefix.count(".") >= DEEPEST:
                    raise Unreadable("the request is nested too deeply")
                _flatten(f"{prefix}{name}.", one, fields)
            elif one is not None and not isinstance(one, list):
                fields.setdefault(f"{prefix}{name}", []).append(str(one))


def _first(fields: Fields, names: tuple[str, ...]) -> str:
    return next((value for name in names for value in fields.get(name, []) if value != ""), "")


def _people(fields: Fields, names: tuple[str, ...]) -> tuple[str, ...]:
    """Who is rung or answered: extensions, logins and addresses; outside numbers are nobody of ours."""
    found = [value.strip() for name in names for value in fields.get(name, []) if value.strip()]
    ours = [one for one in found if is_extension(one) or "@" in one or not one.lstrip("+").isdecimal()]
    return tuple(dict.fromkeys(one[:LONGEST] for one in ours))[:50]


def _seconds(written: str) -> int | None:
    """Return a length in seconds: 75, 75.4, 01:15 or 00:01:15; None for anything else."""
    parts = written.strip().split(":")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        return None
    if not written.strip() or len(numbers) > 3 or any(not 0 <= number < 1e6 for number in numbers):
        return None
    total = 0.0
    for number in numbers:
        total = total * 60 + number
    return int(total)
