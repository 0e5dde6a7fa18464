"""The engineer's end of a session over SSH: what the client asks for, types and resizes; what it is shown.

Client data may come before the host is reached: it waits here. asyncssh goes on reading by itself when a session has
started, so a hold that was set before is set again.
"""

import asyncio
import re
from typing import TYPE_CHECKING, Any

import asyncssh

from opora.gateway.door import Welcome
from opora.gateway.ends import EngineerEnd
from opora.gateway.hosts import FILES, WINDOW, Request
from opora.gateway.lean import write
from opora.gateway.sockets import Gone, Refused
from opora.gateway.words import plain, say

if TYPE_CHECKING:
    from opora.gateway.front import Front
    from opora.gateway.session import Session

LANGUAGE = re.compile(r"LANG|LANGUAGE|LC_(?:ALL|[A-Z]{4,14})")
LANGUAGES = re.compile(r"[A-Za-z0-9_.@:-]{0,64}")
TERM = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}")
"""What of the client's settings goes to the host: the names of languages and terminals, and nothing a shell could run."""
CTRL_C, CTRL_D = 3, 4
MOST_EARLY = 64 << 10
"""Bytes typed before the host is reached; more is not read until it is."""
MOST_COMMAND = 128 << 10
"""Bytes of a command: what Linux takes as one word (MAX_ARG_STRLEN, execve(2))."""
MOST_TYPED = 64


class QuietChannel(asyncssh.SSHServerChannel[bytes]):
    """A channel that gives neither agent nor X11, and has the refusal recorded."""

    engineer: "Engineer"

    @classmethod
    def made(cls, connection: Any, engineer: "Engineer") -> "QuietChannel":
        """Return a channel of bytes for that engineer."""
        channel = cls(connection, asyncio.get_running_loop(), True, False, False, 0, 0, None, "strict", WINDOW, 32768)
        channel.engineer = engineer
        return channel

    def _process_auth_agent_req_at_openssh_dot_com_request(self, packet: Any) -> bool:  # type: ignore[override]
        self.engineer.deny("agent", "")
        return False

    def _process_x11_req_request(self, packet: Any) -> bool:
        self.engineer.deny("x11", "")
        return False


class Engineer(asyncssh.SSHServerSession[bytes], EngineerEnd):
    """An engineer's channel."""

    def __init__(self, front: "Front", welcome: Welcome) -> None:
        """Belong to a connection."""
        super().__init__()
        self.session: Session | None = None
        self.terminal = False
        self._front = front
        self._welcome = welcome
        self._channel: Any = None
        self._early: bytearray | None = bytearray()
        self._early_eof = False
        self._denied: list[tuple[str, str]] = []
        self._term: tuple[str, dict[int, int], int, int] = ("xterm", {}, 0, 0)
        self._typed = ""
        self._exit: tuple[int | None, str] | None = None
        self._choosing: asyncio.Future[str] | None = None
        self._opening: asyncio.Task[None] | None = None

    def connection_made(self, chan: Any) -> None:
        """Keep the channel."""
        self._channel = chan
        chan.set_write_buffer_limits(high=256 << 10, low=64 << 10)

    def pty_requested(self, term_type: str, term_size: Any, term_modes: Any) -> bool:
        """A terminal: always given."""
        self.terminal = True
        if term_type and not TERM.fullmatch(term_type):
            self.deny("env", f"TERM={term_type}")
            term_type = ""
        self._term = (term_type or "xterm", dict(term_modes), term_size[0], term_size[1])
        return True

    def shell_requested(self) -> bool:
        """A shell."""
        return self._begin("shell", None)

    def exec_requested(self, command: str) -> bool:
        """A command, whatever it says: recorded like any other."""
        if len(command.encode()) > MOST_COMMAND:
            self.deny("exec", command)
            return False
        return self._begin("exec", command)

    def subsystem_requested(self, subsystem: str) -> bool:
        """Files, where the agreement lets any be moved; nothing else is given."""
        if subsystem == "sftp" and self._welcome.agreement.files != "none":
            return self._begin(FILES, None)
        self.deny("subsystem", subsystem)
        return False

    def session_started(self) -> None:
        """asyncssh reads from here on; a hold set before must hold again."""
        if self.is_held:
            asyncio.get_running_loop().call_soon(self._stop_reading)

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """The engineer typed."""
        if self._early is None:
            if self.session is not None:
                self.session.typed(data)
        elif self._choosing is not None:
            self._choose(data)
        elif self.terminal and data[:1] in (bytes([CTRL_C]),) and self._opening is not None:
            self._opening.cancel()
        else:
            self._keep_early(data)

    def eof_received(self) -> bool:
        """The engineer's input is at its end."""
        if self._early is not None:
            self._early_eof = True
        elif self.session is not None:
            self.session.typed_eof()
        return True

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        """The window changed."""
        self._term = (self._term[0], self._term[1], width, height)
        if self.session is not None:
            self.session.resized(width, height)

    def signal_received(self, signal: str) -> None:
        """The client sent a signal."""
        if self.session is not None:
            self.session.signalled(signal)

    def break_received(self, msec: int) -> bool:
        """The client sent a break."""
        if self.session is not None:
            self.session.signalled("BREAK")
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel closed, or the connection was lost."""
        self._channel = None
        self._front.engineers.discard(self)
        if self._opening is not None:
            self._opening.cancel()
        if self.session is not None:
            on_purpose = exc is None or (isinstance(exc, asyncssh.DisconnectError) and exc.code == _BY_APPLICATION)
            self.session.engineer_lost(on_purpose=on_purpose)

    def pause_writing(self) -> None:
        """The client takes nothing for now: the host must wait."""
        self._hold_host("engineer", True)

    def resume_writing(self) -> None:
        """It takes more."""
        self._hold_host("engineer", False)
        self._exit_when_empty()

    def line_full(self, full: bool) -> None:
        """The connection's buffer is full, or has room again."""
        self._hold_host("line", full)

    def deny(self, what: str, detail: str) -> None:
        """Have a refusal recorded: in the session, or as soon as there is one, or by the desk."""
        if self.session is not None:
            self.session.deny(what, detail)
        elif self._early is not None and what not in ("subsystem", "exec") and len(self._denied) < MOST_TYPED:
            self._denied.append((what, detail))
        else:
            self._front.deny(what, detail)

    # As the session's end.

    def write(self, shown: bytes, *, error: bool = False) -> None:
        """Show bytes."""
        if self._channel is not None and not self._channel.is_closing():
            if error and not self.terminal:
                self._channel.write(shown, asyncssh.EXTENDED_DATA_STDERR)
            else:
                write(self._channel, shown)

    def write_eof(self) -> None:
        """Say that nothing more comes."""
        if self._channel is not None and not self._channel.is_closing():
            self._channel.write_eof()

    def exit(self, status: int | None, *, signal: str = "") -> None:
        """Close when all has gone out."""
        self._exit = (status, signal)
        self._early = None
        if self._channel is not None:
            self._channel.set_write_buffer_limits(high=0)
        self._exit_when_empty()

    def _exit_when_empty(self) -> None:
        if self._exit is None or self._channel is None or self._channel.get_write_buffer_size():
            return
        status, signal = self._exit
        channel, self._channel = self._channel, None
        if signal:
            channel.exit_with_signal(signal)
        elif status is None:
            channel.close()
        else:
            channel.exit(status)

    def _stop_reading(self) -> None:
        if self._channel is not None and self.is_held:
            self._channel.pause_reading()

    def _go_on_reading(self) -> None:
        if self._channel is not None:
            self._channel.resume_reading()

    def _hold_host(self, reason: str, full: bool) -> None:
        if self.session is not None and self.session.channel is not None:
            if full:
                self.session.channel.hold(reason)
            else:
                self.session.channel.release(reason)

    # From the request to the prompt.

    def _begin(self, kind: str, command: str | None) -> bool:
        self._opening = self._front.gateway.spawn(self._open(kind, command))
        return True

    async def _open(self, kind: str, command: str | None) -> None:
        try:
            await self._opened(kind, command)
        except Refused as error:
            self._refuse(error.reason)
        except Gone:
            self._refuse(say("desk_gone", self._welcome.staff.language))
        except asyncio.CancelledError:
            self.exit(1)
        finally:
            self._opening = None

    async def _opened(self, kind: str, command: str | None) -> None:
        gateway, front = self._front.gateway, self._front
        name = front.host or await self._host_wanted()
        # Asked again: minutes may have passed on this connection since the key was shown.
        welcome = await gateway.door.knock(self._welcome.agreement.ticket, host=name, staff=self._welcome.staff.id)
        earlier = gateway.detached(welcome.staff.id, welcome.agreement.digest, name)
        if earlier is not None and self.terminal and command is None:
            self._tie(earlier)
            earlier.attach(self, *self._term[2:])
            return
        session = await gateway.open(welcome, name, self._request(kind, command), self)
        self._tie(session)

    def _tie(self, session: "Session") -> None:
        """From now on what is typed goes to the session; what came early goes first."""
        self.session = session
        early, self._early = bytes(self._early or b""), None
        for what, detail in self._denied:
            session.deny(what, detail)
        session.typed(early)
        self.release("early")
        if self._early_eof:
            session.typed_eof()
        columns, rows = self._term[2:]
        if (columns, rows) != (session.opened["term"]["cols"], session.opened["term"]["rows"]) and columns and rows:
            session.resized(columns, rows)
        if self._channel is None:
            session.engineer_lost(on_purpose=False)

    def _request(self, kind: str, command: str | None) -> Request:
        term_type, modes, columns, rows = self._term
        told = self._channel.get_environment() if self._channel is not None else {}
        language = tuple((name, told[name]) for name in sorted(told) if self._is_language(name, told[name]))
        client = str(self._channel.get_extra_info("client_version", "")) if self._channel is not None else ""
        address = self._front.address
        return Request(kind, command, self.terminal, term_type, modes, columns, rows, language, address, client)

    def _is_language(self, name: str, value: str) -> bool:
        if LANGUAGE.fullmatch(name) and LANGUAGES.fullmatch(value):
            return True
        if name.startswith(("LANG", "LC_")):
            self.deny("env", f"{name}={value}")
        return False

    def _refuse(self, words: str) -> None:
        end = "\r\n" if self.terminal else "\n"
        self.write(f"{plain(words)}{end}".encode(), error=True)
        self.exit(1)

    async def _host_wanted(self) -> str:
        hosts, language = self._welcome.hosts, self._welcome.staff.language
        if len(hosts) == 1:
            return hosts[0]
        ticket = self._welcome.agreement.ticket
        if not self.terminal or not hosts:
            raise Refused("host", say("say_host", language, ticket=ticket, host=hosts[0] if hosts else "..."))
        self.write(f"{say('which_host', language)}\r\n".encode())
        for number, name in enumerate(hosts, 1):
            self.write(f"  {number}  {name}\r\n".encode())
        self.write(b"> ")
        self._choosing = asyncio.get_running_loop().create_future()
        try:
            return await self._choosing
        finally:
            self._choosing = None

    def _choose(self, data: bytes) -> None:
        """The menu: a number and Enter, or a single digit where that is enough."""
        for letter in data:
            if self._choosing is None or self._choosing.done():
                self._keep_early(bytes([letter]))
            elif letter in (CTRL_C, CTRL_D):
                self._choosing.set_exception(Refused("left", ""))
            elif letter in (10, 13):
                self._chosen()
            elif letter in (8, 127):
                self._typed = self._typed[:-1]
            elif 32 <= letter < 127 and len(self._typed) < MOST_TYPED:
                self._typed += chr(letter)
                self.write(bytes([letter]))

    def _keep_early(self, data: bytes) -> None:
        if self._early is not None:
            self._early += data
            if len(self._early) > MOST_EARLY:
                self.hold("early")

    def _chosen(self) -> None:
        hosts, typed = self._welcome.hosts, self._typed.strip()
        self._typed = ""
        name = (
            typed
            if typed in hosts
            else hosts[int(typed) - 1]
            if typed.isdigit() and 0 < int(typed) <= len(hosts)
            else ""
        )
        self.write(b"\r\n" if name else b"\r\n> ")
        if name and self._choosing is not None:
            self._choosing.set_result(name)


_BY_APPLICATION = 11
"""SSH_DISCONNECT_BY_APPLICATION of RFC 4253 11.1: the engineer left, nothing was lost."""
