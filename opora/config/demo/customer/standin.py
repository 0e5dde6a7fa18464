"""A stand-in for a customer's host, where OpenSSH's server cannot be had: real shells of whoever runs the demo, by asyncssh.

Listens on loopback only, lets in only whom the signer has certified for one of the principals, and starts every shell in a
scratch folder with an environment of its own. A process of its own; knows neither the desk nor its settings.
"""

import asyncio
import fcntl
import os
import pwd
import signal
import struct
import sys
import termios
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import asyncssh

from opora.config.children import die_with_parent

PIECE = 64 << 10
NO_SHELLS = ("nologin", "false")
GREETING = "This is a stand-in for a customer's host: a shell of {user} on the machine of the demo, in {home}\r\n"


class Door(asyncssh.SSHServer):
    """Who may come in: one name, by a certificate of the authority for one of the principals."""

    def __init__(self, login: str, trusted: asyncssh.SSHAuthorizedKeys) -> None:
        """Take the name and the authority's line."""
        self._login, self._trusted = login, trusted
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Keep the connection, to tell it whom to trust."""
        self._connection = conn

    def begin_auth(self, username: str) -> bool:
        """Everybody must prove itself; every name but one in vain."""
        if self._connection is not None and username == self._login:
            self._connection.set_authorized_keys(self._trusted)
        return True

    def public_key_auth_supported(self) -> bool:
        """Nothing else is supported."""
        return True


class Shells:
    """Starts what is asked for, in the scratch folder."""

    def __init__(self, home: Path, user: str) -> None:
        """Take the folder and whose shells they are."""
        self._home, self._user = home, user
        own = pwd.getpwuid(os.getuid()).pw_shell
        self._shell = own if own and not own.endswith(NO_SHELLS) and os.access(own, os.X_OK) else "/bin/sh"

    async def serve(self, process: "asyncssh.SSHServerProcess[bytes]") -> None:
        """Run a shell or one command until it ends or its caller is gone."""
        words = [self._shell, "-c", process.command] if process.command else [self._shell, "-l"]
        child = await (self._on_a_terminal if process.term_type else self._on_pipes)(process, words)
        code = child.returncode or 0
        if code >= 0:
            process.exit(code)
        else:
            process.exit_with_signal(signal.Signals(-code).name.removeprefix("SIG"))

    async def _on_pipes(self, process: "asyncssh.SSHServerProcess[bytes]", words: list[str]) -> Process:
        own = {"cwd": self._home, "env": self._environment(process), "start_new_session": True}
        child = await asyncio.create_subprocess_exec(*words, stdin=PIPE, stdout=PIPE, stderr=PIPE, **own)  # type: ignore[arg-type]
        ways = ((child.stdout, process.stdout), (child.stderr, process.stderr))
        showing = [asyncio.create_task(_hand_on(whence, where)) for whence, where in ways if whence]
        feeding = asyncio.create_task(_feed(process, child))
        try:
            await self._until_it_ends(process, child, *showing)
        finally:
            await _cancel(feeding, *showing)
        return child

    async def _on_a_terminal(self, process: "asyncssh.SSHServerProcess[bytes]", words: list[str]) -> Process:
        ours, theirs = os.openpty()
        _resize(theirs, *process.term_size[:2])
        if not process.command:
            process.stdout.write(GREETING.format(user=self._user, home=self._home).encode())
        # One thread runs here, so that something may be done between fork and exec: make the terminal the session's own.
        own = {"cwd": self._home, "env": self._environment(process), "preexec_fn": partial(os.login_tty, theirs)}
        child = await asyncio.create_subprocess_exec(*words, **own)  # type: ignore[arg-type]
        os.close(theirs)
        os.set_blocking(ours, False)
        typing = asyncio.create_task(_type(process, ours, child))
        showing = asyncio.create_task(_show(process, ours))
        try:
            await self._until_it_ends(process, child)
            await asyncio.wait([showing], timeout=2.0)
        finally:
            await _cancel(typing, showing)
            os.close(ours)
        return child

    async def _until_it_ends(
        self, process: "asyncssh.SSHServerProcess[bytes]", child: Process, *more: "asyncio.Task[None]"
    ) -> None:
        """Wait for the child and for more; a caller who is gone takes it along, as a line that drops does."""
        ended, left = asyncio.create_task(child.wait()), asyncio.create_task(process.wait_closed())
        whole: asyncio.Future[Any] = asyncio.gather(ended, *more)
        await asyncio.wait([whole, left], return_when=asyncio.FIRST_COMPLETED)
        for way in (signal.SIGHUP, signal.SIGKILL):
            if not ended.done():
                _signal(child, way)
                await asyncio.wait([ended], timeout=1.0)
        await _cancel(left, whole)

    def _environment(self, process: "asyncssh.SSHServerProcess[bytes]") -> dict[str, str]:
        own = {"HOME": str(self._home), "USER": self._user, "LOGNAME": self._user, "SHELL": self._shell}
        own["PATH"] = "/usr/local/bin:/usr/bin:/bin" + (":/usr/local/sbin:/usr/sbin:/sbin" if os.getuid() == 0 else "")
        asked = {name: value for name, value in process.env.items() if name == "LANG" or name.startswith("LC_")}
        return asked | own | ({"TERM": process.term_type} if process.term_type else {})


async def _hand_on(whence: asyncio.StreamReader, where: "asyncssh.SSHWriter[bytes]") -> None:
    """Send what a pipe holds until nobody writes into it any more."""
    with suppress(OSError, asyncssh.Error):
        while piece := await whence.read(PIECE):
            where.write(piece)
            await where.drain()


async def _feed(process: "asyncssh.SSHServerProcess[bytes]", child: Process) -> None:
    """Hand on what comes for a command without a terminal."""
    assert child.stdin is not None
    with suppress(OSError, asyncssh.Error):
        while not process.stdin.at_eof():
            try:
                child.stdin.write(await process.stdin.read(PIECE))
                await child.stdin.drain()
            except asyncssh.SignalReceived as got:
                _signal(child, _number(got.signal))
            except (asyncssh.BreakReceived, asyncssh.TerminalSizeChanged):
                continue
        child.stdin.close()


async def _show(process: "asyncssh.SSHServerProcess[bytes]", ours: int) -> None:
    """Send what the terminal shows until nobody has it open any more."""
    with suppress(OSError, asyncssh.Error):
        while piece := await _ready(ours, partial(os.read, ours, PIECE), writing=False):
            process.stdout.write(piece)
            await process.stdout.drain()


async def _type(process: "asyncssh.SSHServerProcess[bytes]", ours: int, child: Process) -> None:
    """Hand on what is typed, and what is said beside it."""
    with suppress(OSError, asyncssh.Error):
        while not process.stdin.at_eof():
            try:
                piece = await process.stdin.read(PIECE)
            except asyncssh.TerminalSizeChanged as now:
                _resize(ours, now.width, now.height)
            except asyncssh.SignalReceived as got:
                _signal(child, _number(got.signal))
            except asyncssh.BreakReceived:
                continue
            else:
                while piece:
                    piece = piece[await _ready(ours, partial(os.write, ours, piece), writing=True) :]


async def _ready[Made](handle: int, act: "partial[Made]", *, writing: bool) -> Made:
    """Wait until the terminal can be read or written, and do it. Raises OSError."""
    loop = asyncio.get_running_loop()
    watch, leave = (loop.add_writer, loop.remove_writer) if writing else (loop.add_reader, loop.remove_reader)
    while True:
        ready = asyncio.Event()
        watch(handle, ready.set)
        try:
            await ready.wait()
        finally:
            leave(handle)
        with suppress(BlockingIOError):
            return act()


def _resize(handle: int, columns: int, rows: int) -> None:
    fcntl.ioctl(handle, termios.TIOCSWINSZ, struct.pack("HHHH", rows or 24, columns or 80, 0, 0))


async def _cancel(*tasks: "asyncio.Future[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _number(name: str) -> int:
    return int(getattr(signal, f"SIG{name}", signal.SIGHUP))


def _signal(child: Process, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)


async def run(folder: Path, host: str, port: int) -> None:
    """Serve until SIGTERM. Raises ValueError for an address that others could reach."""
    if not ip_address(host).is_loopback:
        raise ValueError(f"{host} is not loopback; a shell of this machine is given to nobody else")
    user = pwd.getpwuid(os.getuid()).pw_name
    names = ",".join((folder / "principals").read_text(encoding="utf-8").split())
    authority = (folder / "ca.pub").read_text(encoding="utf-8").strip()
    trusted = asyncssh.import_authorized_keys(f'cert-authority,principals="{names}" {authority}\n')
    stopped = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    server = await asyncssh.create_server(
        lambda: Door(user, trusted),
        host,
        port,
        server_host_keys=[str(folder / "host_key")],
        process_factory=Shells(folder / "home", user).serve,
        sftp_factory=True,
        encoding=None,
        line_editor=False,
        agent_forwarding=False,
        gss_host=None,
        password_auth=False,
        kbdint_auth=False,
        host_based_auth=False,
    )
    await stopped.wait()
    server.close()


if __name__ == "__main__":
    own, where, at_port, parent = sys.argv[1:]
    die_with_parent(int(parent))
    (Path(own) / "home").mkdir(exist_ok=True, mode=0o700)
    os.chdir(Path(own) / "home")  # files are moved from and to there
    os.umask(0o077)
    asyncio.run(run(Path(own), where, int(at_port)))
