"""The record of one session: its chain, its sealed input, and the promise that a frame is safe before it is seen."""

import asyncio
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from opora.evidence.frames import Chain, Kind, canonical
from opora.evidence.journal import Durability
from opora.evidence.sealing import InputSeal
from opora.gateway import clock
from opora.gateway.agreements import Agreement
from opora.gateway.recorder import Recorder, Then

Publish = Callable[[str, bytes], None]


def nothing() -> None:
    """Nobody waits for this frame."""


class Record:
    """One session's frames. `waiting` counts the bytes that are written and not yet let through."""

    def __init__(self, recorder: Recorder, agreement: Agreement, publish: Publish, session: bytes) -> None:
        """Begin before the header."""
        self.session = session
        self.hex = session.hex()
        self.waiting = 0
        self._chain = Chain(session, agreement.digest)
        self._seal = InputSeal(session)
        self._recorder = recorder
        self._agreement = agreement
        self._publish = publish
        self._power_safe = agreement.durability is Durability.POWER_SAFE
        self._queued = 0
        self._place = 0

    @property
    def frames(self) -> int:
        """How many frames stand in the record."""
        return self._chain.frames

    @property
    def size(self) -> int:
        """How many bytes they have."""
        return self._chain.size

    @property
    def head(self) -> bytes:
        """The last frame's hash."""
        return self._chain.head

    async def begin(self, facts: dict[str, Any]) -> None:
        """Keep the sealed keys, write the header, and return when the disk has both. Raises RecordLost or OSError."""
        keys = self._seal.wrapped_for(self._agreement.customer_key, self._agreement.escrow_keys)
        path = self._recorder.typed / f"{self.hex}.keys.json"
        await asyncio.to_thread(_keep, path, keys, self._recorder.mode)
        header = {
            **facts,
            "session": self.hex,
            "agreement": self._agreement.digest.hex(),
            "keys": hashlib.sha256(keys).hexdigest(),
        }
        self.write(Kind.HEADER, canonical(header))
        await self.durable()

    def write(self, kind: Kind, payload: bytes, then: Then = nothing, *, surely: bool = False) -> None:
        """Record a frame, then let it through: call `then`, and show it to the viewers.

        At once if the agreement is crash-safe; when the disk has it if it is power-safe, or `surely` is said, or an
        earlier frame still waits. Raises RecordLost.
        """
        frame = self._chain.link(kind, payload, mono_ns=clock.mono_ns(), wall_ns=clock.now_ns())
        self._append(frame, then, surely=surely)

    def type(self, typed: bytes, then: Then, *, at: int, surely: bool) -> None:
        """Record sealed input, then let it through. Raises RecordLost."""
        payload = self._seal.seal(self._chain.frames, typed)
        frame = self._chain.link(Kind.INPUT, payload, mono_ns=clock.mono_ns(), wall_ns=at)
        self._append(frame, then, surely=surely)

    def after(self, then: Then) -> None:
        """Call `then` when all frames so far are let through."""
        if self._queued:
            self._recorder.when_durable(self._place, then)
        else:
            then()

    async def durable(self) -> None:
        """Return when the disk has all frames so far. Raises RecordLost."""
        await self._recorder.durable(self._place)

    def _append(self, frame: bytes, then: Then, *, surely: bool) -> None:
        place = self._place = self._recorder.append(frame)
        if surely or self._power_safe or self._queued:
            self._queued += 1
            self.waiting += len(frame)
            self._recorder.when_durable(place, lambda: self._let_through(frame, then))
        else:
            then()
            self._publish(self.hex, frame)

    def _let_through(self, frame: bytes, then: Then) -> None:
        self._queued -= 1
        self.waiting -= len(frame)
        then()
        self._publish(self.hex, frame)


def _keep(path: Path, content: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
