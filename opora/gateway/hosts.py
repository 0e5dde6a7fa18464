"""Reaching a customer's host: directly or through the tunnel it opened, and host keys from the agreement only.

Nothing is learnt from the host: a key that the agreement does not name ends the attempt.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import asyncssh

from opora.gateway.agreements import Host
from opora.gateway.ends import HostEnd
from opora.gateway.lean import lighten, write
from opora.gateway.moving.transfer import begin
from opora.gateway.proving import Proof
from opora.gateway.session import Session
from opora.gateway.shells import Shell
from opora.gateway.sockets import Refused
from opora.gateway.states import State
from opora.gateway.words import say

FILES = "files"
"""The kind of a session in which files are moved and nothing is typed."""
PATIENCE = 20.0
"""Seconds for the host to let us in."""
WINDOW = 2 << 20
ENCRYPTION = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes256-ctr")
"""AES-GCM first: one pass over each packet. The counter modes are for hosts that have nothing newer."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the engineer's client asked for."""

    kind: str
    command: str | None = None
    terminal: bool = False
    term_type: str = "xterm"
    modes: dict[int, int] | None = None
    columns: int = 80
    rows: int = 24
    language: tuple[tuple[str, str], ...] = ()
    address: str = ""
    client: str = ""

    def facts(self) -> dict[str, Any]:
        """What the header of the record tells of it."""
        more: dict[str, Any] = {} if self.command is None else {"command": self.command}
        term: dict[str, Any] = {"cols": self.columns or 80, "rows": self.rows or 24}
        if self.terminal:
            term |= {"type": self.term_type, "modes": {str(mode): value for mode, value in (self.modes or {}).items()}}
        if self.language:
            more["env"] = dict(self.language)
        return {
            "kind": self.kind,
            "terminal": self.terminal,
            "term": term,
            "from": self.address,
            "client": self.client,
            **more,
        }


async def dial(host: Host, key: Proof, *, language: str, tunnel: Any = ()) -> asyncssh.SSHClientConnection:
    """Return a connection to the host, proven by the keys of the agreement. Raises Refused with words for the engineer."""
    trusted = [asyncssh.import_public_key(line) for line in host.host_keys]
    try:
        async with asyncio.timeout(PATIENCE):
            connection = await asyncssh.connect(
                host.address,
                host.port,
                tunnel=tunnel,
                config=None,
                username=host.login,
                client_keys=key.pairs(),
                known_hosts=(trusted, [], []),
                agent_path=None,
                agent_forwarding=False,
                gss_host=None,
                preferred_auth="publickey",
                encryption_algs=ENCRYPTION,
                compression_algs=["none"],
                rekey_seconds="1d",
            )
    except asyncssh.HostKeyNotVerifiable as error:
        raise Refused("host_key", say("host_key", language, host=host.name)) from error
    except asyncssh.PermissionDenied as error:
        if key.refused is not None:
            raise key.refused from error
        words = say("host_refuses", language, host=host.name, login=host.login, why=error.reason)
        raise Refused("host_refuses", words) from error
    except (OSError, TimeoutError, asyncssh.Error) as error:
        why = str(error) or type(error).__name__
        raise Refused("host_gone", say("host_gone", language, host=host.name, why=why)) from error
    lighten(connection)
    return connection


async def start(
    session: Session, connection: asyncssh.SSHClientConnection, request: Request, shell: Shell | None = None
) -> None:
    """Begin what was asked for on the host, and tie its channel to the session. Raises Refused."""
    try:
        if request.kind == FILES:
            await begin(session, connection)
            return
        await connection.create_session(
            lambda: Channel(session),
            request.command if shell is None else shell.command,
            request_pty="force" if request.terminal else False,
            term_type=request.term_type if request.terminal else None,
            term_size=(request.columns, request.rows) if request.terminal else (),
            term_modes=request.modes or {},
            env=dict(request.language),
            send_env=(),
            encoding=None,
            window=WINDOW,
            x11_forwarding=False,
        )
    except (OSError, asyncssh.Error) as error:
        words = say("host_gone", session.staff.language, host=session.host.name, why=str(error))
        raise Refused("host_gone", words) from error


class Channel(asyncssh.SSHClientSession[bytes], HostEnd):
    """The channel on the host: what it answers goes to the session, byte for byte."""

    def __init__(self, session: Session) -> None:
        """Belong to a session."""
        super().__init__()
        self._session = session
        self._channel: asyncssh.SSHClientChannel[bytes] | None = None
        self._status: int | None = None
        self._signal = ""

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        """Keep the channel; the session may now write. Nothing is asked for on it if the session has ended meanwhile."""
        if self._session.state is State.ENDED:
            chan.abort()
            return
        self._channel = chan
        chan.set_write_buffer_limits(high=256 << 10, low=64 << 10)
        self._session.channel = self

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """Hand on what the host sent."""
        self._session.shown(data, error=datatype == asyncssh.EXTENDED_DATA_STDERR)

    def eof_received(self) -> bool:
        """Say that nothing more comes; the channel stays open for input."""
        self._session.shown_eof()
        return True

    def exit_status_received(self, status: int) -> None:
        """Keep the status until all output is here."""
        self._status = status

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:
        """Keep the signal until all output is here."""
        self._signal = signal

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel closed, or the whole connection."""
        self._channel = None
        if exc is not None and self._status is None and not self._signal:
            self._session.end("host", why=str(exc) or type(exc).__name__)
        else:
            self._session.exited(self._status, self._signal)

    def pause_writing(self) -> None:
        """The host takes nothing for now."""
        if self._session.engineer is not None:
            self._session.engineer.hold("host")

    def resume_writing(self) -> None:
        """It takes more."""
        if self._session.engineer is not None:
            self._session.engineer.release("host")

    def write(self, typed: bytes) -> None:
        """Send bytes to the host."""
        if self._channel is not None and not self._channel.is_closing():
            write(self._channel, typed)

    def write_eof(self) -> None:
        """Close the host's input."""
        if self._channel is not None and not self._channel.is_closing():
            self._channel.write_eof()

    def resize(self, columns: int, rows: int) -> None:
        """Tell the terminal's size."""
        if self._channel is not None and not self._channel.is_closing():
            self._channel.change_terminal_size(columns, rows)

    def signal(self, name: str) -> None:
        """Send a signal, or BREAK."""
        if self._channel is not None and not self._channel.is_closing():
            if name == "BREAK":
                self._channel.send_break(0)
            else:
                self._channel.send_signal(name)

    def shut(self) -> None:
        """Close the channel; what waited in it is dropped."""
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.abort()

    def _stop_reading(self) -> None:
        if self._channel is not None:
            self._channel.pause_reading()

    def _go_on_reading(self) -> None:
        if self._channel is not None:
            self._channel.resume_reading()
