"""A whole small world for the gateway's tests: a host, a desk, a signer, a ledger, an engineer with a key, and the gateway.

The gateway runs in a thread with a loop of its own, or as a process that can be killed; `ssh` is the real one.
"""

import asyncio
import base64
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from opora.evidence.frames import Frame, Kind, canonical
from opora.evidence.journal import journals, read_journal
from opora.evidence.sealing import InputSeal, opened_by_customer
from opora.gateway.front import listen
from opora.gateway.gateway import Gateway
from opora.gateway.program import host_key
from opora.gateway.settings import Settings, make_folders
from tests.email.mail_programs import free_port, wait_for
from tests.gateway.hosts import ACCOUNT, Sshd, make_key
from tests.gateway.neighbours import CODE, SECRET, Authority, Desk, Lines, ledger
from tests.laws.sources import CHECKOUT

CLARA = X25519PrivateKey.from_private_bytes(bytes([7] * 32))
HOLDERS = (X25519PrivateKey.from_private_bytes(bytes([8] * 32)), X25519PrivateKey.from_private_bytes(bytes([9] * 32)))
BORIS = 3


def _public(key: X25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


class World:
    """Everything together. Call `start` or `start_process` for the gateway itself."""

    def __init__(self, folder: Path, sshd: Sshd, authority: Authority) -> None:
        self.folder = folder
        self.sshd = sshd
        self.authority = authority
        self.desk = Desk()
        self.settings = Settings(
            listen=("127.0.0.1", free_port()),
            state=folder / "gateway",
            desk_url=self.desk.url,
            secret=SECRET,
            room=1 << 20,
            reserve=1 << 18,
            probe=False,
        )
        make_folders(self.settings)
        self.signer: Lines | None = Lines(self.settings.socket("signer"), authority.answer)
        self.ledger: Lines | None = Lines(self.settings.socket("ledger"), ledger)
        self.key = make_key(folder / "boris")
        public = self.key.with_suffix(".pub")
        told = subprocess.run(["ssh-keygen", "-lf", str(public)], capture_output=True, text=True, check=True).stdout
        self.desk.keys[told.split()[1]] = BORIS
        self.agree()
        self.host_key = host_key(self.settings.keys("gateway") / "host")
        self.known = folder / "known"
        host, port = self.settings.listen or ("", 0)
        self.known.write_text(f"[{host}]:{port} {self.host_key.export_public_key().decode()}")
        self.gateway: Gateway | None = None
        self.hub: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def agree(self, *, road: str = "certificate", address: str = "127.0.0.1", **changes: Any) -> None:
        """The customer confirms: from a minute ago for two hours, unless said otherwise."""
        now = datetime.now(UTC)
        host = {
            "name": "web1",
            "system": 7,
            "address": address,
            "port": self.sshd.port,
            "login": ACCOUNT,
            "host_keys": [self.sshd.host_key],
            "road": road,
        }
        terms = {
            "format": "opora agreement v1",
            "ticket": "T-1042",
            "window": window(now - timedelta(minutes=1), now + timedelta(hours=2)),
            "hosts": [host],
            "level": "superuser",
            "files": "both",
            "engineers": [{"id": BORIS, "name": "Boris"}],
            "watching": "none",
            "durability": "crash-safe",
            "retention_years": 10,
            "keys": {"customer": _public(CLARA), "escrow": [_public(key) for key in HOLDERS]},
        }
        self.desk.agreement = canonical(terms | changes).decode()

    # The gateway.

    def start(self) -> "World":
        """Run the gateway in a thread."""
        ready = threading.Event()

        def live() -> None:
            self._loop = asyncio.new_event_loop()
            self._loop.run_until_complete(self._begin())
            ready.set()
            self._loop.run_forever()
            self._loop.close()

        self._thread = threading.Thread(target=live, daemon=True)
        self._thread.start()
        assert ready.wait(30)
        return self

    async def _begin(self) -> None:
        self.gateway = Gateway(self.settings, hub=self.hub)
        await self.gateway.start()
        assert self.settings.listen is not None
        self._listener = await listen(self.gateway, *self.settings.listen, self.host_key)

    def within(self, work: Any) -> Any:
        """Run something in the gateway's thread and return what it gives."""
        assert self._loop is not None
        if asyncio.iscoroutine(work):
            return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

        async def call() -> Any:
            return work()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(30)

    def start_process(self, *, before: tuple[str, ...] = (), **environment: str) -> "subprocess.Popen[bytes]":
        """Run the gateway as a process of its own, to be killed; `before` are words before its own."""
        host, port = self.settings.listen or ("", 0)
        self.process = subprocess.Popen(
            [*before, sys.executable, "-m", "opora.config.cli", "gateway"],
            cwd=CHECKOUT,
            env={
                **os.environ,
                "OPORA_GATEWAY_LISTEN": f"{host}:{port}",
                "OPORA_GATEWAY_STATE": str(self.settings.state),
                "OPORA_GATEWAY_SECRET": SECRET,
                "OPORA_GATEWAY_ROOM_MB": "1",
                "OPORA_GATEWAY_RESERVE_MB": "1",
                "OPORA_GATEWAY_PROBE": "off",
                "OPORA_DESK_URL": self.desk.url,
                **environment,
            },
            start_new_session=True,
        )
        wait_for(port)
        return self.process

    def stop(self) -> None:
        """End everything of this world but the host."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
        if self.gateway is not None and self._loop is not None:
            self.within(self._listener.close)
            self.within(self.gateway.stop())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
        for server in (self.signer, self.ledger, self.desk):
            if server is not None:
                server.stop()

    # The engineer.

    def words(self, *options: str, name: str = "T-1042.web1", code: str = CODE) -> tuple[list[str], dict[str, str]]:
        """The command line of the real client, and the environment in which it finds the code by itself."""
        _, port = self.settings.listen or ("", 0)
        asked = self.folder / f"code-{code}"
        asked.write_text(f"#!/bin/sh\necho {code}\n")
        asked.chmod(0o700)
        settings = {
            "IdentityFile": self.key,
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": self.known,
            "LogLevel": "INFO",
            "NumberOfPasswordPrompts": "1",
            "EscapeChar": "none",
        }
        pairs = [part for pair in settings.items() for part in ("-o", f"{pair[0]}={pair[1]}")]
        words = ["ssh", "-F", "none", *pairs, "-p", str(port), *options, f"{name}@127.0.0.1"]
        environment = {**os.environ, "SSH_ASKPASS": str(asked), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}
        environment.pop("SSH_AUTH_SOCK", None)
        return words, environment

    def ssh(
        self, *command: str, options: tuple[str, ...] = (), given: bytes = b"", seconds: float = 60, **who: str
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run the real client to its end."""
        words, environment = self.words(*options, **who)
        return subprocess.run(
            [*words, *command], input=given, capture_output=True, env=environment, timeout=seconds, check=False
        )

    # The record.

    def frames(self, session: str = "") -> list[Frame]:
        """The frames of a session (the only one, if none is named), from all journals in order."""
        found = [frame for path in journals(self.settings.journals) for frame in read_journal(path).frames]
        names = {frame.session.hex() for frame in found}
        if not session:
            assert len(names) == 1, f"{len(names)} sessions are recorded"
            session = names.pop()
        return [frame for frame in found if frame.session.hex() == session]

    def recorded(self, kind: Kind, session: str = "") -> bytes:
        """All payloads of a kind, one after another."""
        return b"".join(frame.payload for frame in self.frames(session) if frame.kind is kind)

    def typed(self, session: str = "") -> bytes:
        """What was typed, opened with Clara's key."""
        import json

        frames = self.frames(session)
        keys = json.loads((self.settings.typed / f"{frames[0].session.hex()}.keys.json").read_text())
        seal: InputSeal = opened_by_customer(keys, CLARA)
        return b"".join(seal.unseal(frame.seq, frame.payload) for frame in frames if frame.kind is Kind.INPUT)


def window(begins: datetime, ends: datetime) -> dict[str, str]:
    """A window as agreements write it."""
    return {"from": f"{begins:%Y-%m-%dT%H:%M:%S.%f}Z", "until": f"{ends:%Y-%m-%dT%H:%M:%S.%f}Z", "zone": "UTC"}


@contextmanager
def world(folder: Path, sshd: Sshd, authority: Authority) -> Iterator[World]:
    """A world that is cleared away."""
    made = World(folder, sshd, authority)
    try:
        yield made
    finally:
        made.stop()
