"""Clara's live view without pictures: the same WebSocket her page opens, and the same check of every frame."""

import json
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin

from opora.config.demo.checking.browser import Browser
from opora.config.demo.checking.job import NotSeen
from opora.desk.kernel.clock import monotonic
from opora.evidence.following import Follower
from opora.evidence.frames import Kind, read_frames

PATIENCE = 30.0
BEAT = 3.0
LARGEST = 8 << 20
"""Bytes of one message, as the relay passes them on."""
SHOWN = (Kind.OUTPUT, Kind.ERROR_OUTPUT)


class LiveView:
    """One who watches. `frames` counts what came; `ended` says why it is over, once it is."""

    def __init__(self, browser: Browser, site: str, *, session: str, agreement: str) -> None:
        """Open the socket as the page does: with the cookies of its browser, from frame 0."""
        address = f"ws{site.removeprefix('http')}/live/work/{session}?from=0"
        self._socket = connect(
            address,
            origin=Origin(site),
            additional_headers={"Cookie": browser.cookies()},
            proxy=None,
            open_timeout=PATIENCE,
            max_size=LARGEST,
        )
        self._chain = Follower(bytes.fromhex(session), bytes.fromhex(agreement))
        self.shown = bytearray()
        self.ended = ""
        self._next_beat = 0.0

    @property
    def frames(self) -> int:
        """How many frames came, each tied to the one before."""
        return self._chain.frames

    def until(self, words: bytes) -> None:
        """Look on until the words are seen. Raises NotSeen; Misfit for a frame that is not the next of this record."""
        self._look(lambda: words in self.shown, repr(words))

    def until_end(self) -> None:
        """Look on until the work is over. Raises NotSeen."""
        self._look(lambda: bool(self.ended), "the end")

    def end(self) -> None:
        """Look away."""
        self._socket.close()

    def _look(self, is_seen: Any, what: str) -> None:
        end = monotonic() + PATIENCE
        while not is_seen():
            if monotonic() > end:
                raise NotSeen(f"{what} was not seen in {self.frames} frames: {bytes(self.shown[-300:])!r}")
            if monotonic() > self._next_beat:
                self._next_beat = monotonic() + BEAT
                self._socket.send(b'B{"visible":true}')
            try:
                self._take(self._socket.recv(timeout=1.0))
            except TimeoutError:
                continue
            except ConnectionClosed as closed:
                raise NotSeen(f"the socket was closed ({closed}) before {what} was seen") from None

    def _take(self, message: bytes | str) -> None:
        told = message.encode() if isinstance(message, str) else message
        letter, payload = told[:1], told[1:]
        if letter == b"F":
            at = 0
            for frame in read_frames(payload):
                self._chain.take(payload[at : at + frame.size])
                at += frame.size
                if frame.kind in SHOWN:
                    self.shown += frame.payload
        elif letter in {b"N", b"X"}:
            self.ended = str(json.loads(payload).get("reason", ""))
