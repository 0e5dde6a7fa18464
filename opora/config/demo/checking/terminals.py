"""Boris's terminal: the machine's own ssh, or, where there is none, asyncssh, which speaks the same to the gateway.

Both answer the gateway's question for the second factor, ask in vain for a forwarded port, and then are typed into.
"""

import asyncio
import os
import shutil
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import asyncssh

PATIENCE = 40.0
FORWARD = ("0", "127.0.0.1", "9")
ASKPASS = '#!/bin/sh\nexec cat "$OPORA_CHECK_CODE"\n'


class Terminal(Protocol):
    """Somebody at work; `said` is everything that was shown so far."""

    name: str

    def type(self, text: str) -> None:
        """Type something."""

    def said(self) -> str:
        """What was shown so far, the client's own words included."""

    def wait(self) -> int:
        """The exit code, when the session is over. Raises TimeoutError."""

    def end(self) -> None:
        """Hang up, if nobody has."""


def terminal(line: list[str], code: str, folder: Path) -> Terminal:
    """Return a terminal that goes in by the line the demo has printed, and types the code when it is asked."""
    return RealSsh(line, code, folder) if shutil.which(line[0]) else OwnClient(line, code)


class RealSsh:
    """The machine's ssh, as it is."""

    def __init__(self, line: list[str], code: str, folder: Path) -> None:
        """Start it; a script answers its question, as OpenSSH provides for (ssh(1), SSH_ASKPASS)."""
        self.name = "ssh"
        asks, answer, self._output = folder / "askpass", folder / "code", folder / "ssh.said"
        asks.write_text(ASKPASS, encoding="utf-8")
        asks.chmod(0o700)
        answer.write_text(f"{code}\n", encoding="utf-8")
        own = {
            "SSH_ASKPASS": str(asks),
            "SSH_ASKPASS_REQUIRE": "force",
            "DISPLAY": ":0",
            "OPORA_CHECK_CODE": str(answer),
        }
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603
                [*line[:-1], "-tt", "-R", ":".join(FORWARD), line[-1]],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=os.environ | own,
                start_new_session=True,
            )

    def type(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode())
        self._process.stdin.flush()

    def said(self) -> str:
        return self._output.read_text(encoding="utf-8", errors="replace")

    def wait(self) -> int:
        try:
            return self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"ssh goes on: {self.said()[-500:]}") from None

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


class OwnClient:
    """asyncssh, with the same file of addresses and keys."""

    def __init__(self, line: list[str], code: str) -> None:
        """Go in."""
        self.name = "asyncssh (this machine has no ssh)"
        user, _, host = line[-1].rpartition("@")
        self._where, self._code = {"host": host, "username": user, "config": [line[line.index("-F") + 1]]}, code
        self._shown = bytearray()
        self._status: int | None = None
        self._loop = asyncio.new_event_loop()
        self._typed: asyncio.Queue[bytes] = asyncio.Queue()
        self._task = self._loop.create_task(self._work())
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def type(self, text: str) -> None:
        self._loop.call_soon_threadsafe(self._typed.put_nowait, text.encode())

    def said(self) -> str:
        return bytes(self._shown).decode(errors="replace")

    def wait(self) -> int:
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            raise TimeoutError(f"it goes on: {self.said()[-500:]}")
        return 255 if self._status is None else self._status

    def end(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join(PATIENCE)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(asyncio.gather(self._task, return_exceptions=True))
        finally:
            self._loop.close()

    async def _work(self) -> None:
        try:
            async with asyncssh.connect(
                **self._where,
                known_hosts=None,
                agent_path=None,
                client_factory=lambda: _Person(self._code, self._shown),
            ) as line:
                try:
                    await line.forward_remote_port("127.0.0.1", 0, FORWARD[1], int(FORWARD[2]))
                except asyncssh.ChannelListenError as refused:
                    self._shown += f"remote port forwarding failed: {refused}\n".encode()
                async with line.create_process(term_type="xterm", encoding=None, stderr=asyncssh.STDOUT) as process:
                    typing = asyncio.create_task(self._type(process))
                    while piece := await process.stdout.read(4096):
                        self._shown += piece
                    typing.cancel()
                self._status = process.exit_status
        except (OSError, asyncssh.Error) as trouble:
            self._shown += f"{type(trouble).__name__}: {trouble}\n".encode()

    async def _type(self, process: "asyncssh.SSHClientProcess[bytes]") -> None:
        while True:
            process.stdin.write(await self._typed.get())


class _Person(asyncssh.SSHClient):
    """Who types the code when asked."""

    def __init__(self, code: str, shown: bytearray) -> None:
        self._code, self._shown = code, shown

    def auth_banner_received(self, msg: str, lang: str) -> None:
        self._shown += msg.encode()

    def kbdint_auth_requested(self) -> str:
        return ""

    def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[str]:
        return [self._code for _ in prompts]
