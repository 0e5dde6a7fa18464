"""The gateway as a whole: its recorder, its sessions, its neighbours, and the beginning and end of every session."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from opora.evidence.frames import Kind, canonical
from opora.evidence.journal import RecordLost
from opora.gateway import clock
from opora.gateway.crowd import Crowd
from opora.gateway.door import Door, Facts, Welcome
from opora.gateway.ends import EngineerEnd
from opora.gateway.hosts import Request, dial, start
from opora.gateway.orders import obey
from opora.gateway.proving import HeldKey, Proof, prove
from opora.gateway.recorder import Recorder
from opora.gateway.recovery import LAST_WORD, recover
from opora.gateway.residue import look
from opora.gateway.rounds import Rounds, in_words
from opora.gateway.sealing import Sealing
from opora.gateway.seams import Hub, Nobody
from opora.gateway.session import Session
from opora.gateway.settings import Settings
from opora.gateway.shells import Naming, Shell, ask_shell
from opora.gateway.sockets import Gone, Refused, ask
from opora.gateway.states import State
from opora.gateway.telling import Teller
from opora.gateway.tunnels import Tunnels
from opora.gateway.words import say

SEAL_AGAIN = 10.0
REASONS = {"watch", "recorder", "ledger", "tunnel"}
"""Refusals on the way to the host that are reasons of an end by themselves."""
HANG_UP = 0.3
"""Seconds for what ran at the terminal to notice that it is gone, before we look what is left."""
LOOK_AGAIN = 0.1
PATIENCE_TO_WATCH = 900.0
"""Seconds for which an engineer waits until the customer watches."""


class Gateway:
    """One process's gateway. `start`, then let `front` listen; `stop` ends every session first."""

    def __init__(self, settings: Settings, *, hub: Hub | None = None, door: Door | None = None) -> None:
        """Take the settings and the neighbours; without a hub nobody watches."""
        self.settings = settings
        self.hub: Hub = hub or Nobody()
        self.door = door or Door(settings.desk_url, settings.secret)
        self.teller = Teller(settings.waiting, self.door)
        self.recorder = Recorder(
            settings.journals,
            typed=settings.typed,
            mode=0o600 | settings.lent,
            room=settings.room,
            reserve=settings.reserve,
            on_loss=self._record_lost,
        )
        self.crowd = Crowd()
        self.sessions: dict[str, Session] = {}
        self.tunnels = Tunnels()
        self._rounds: dict[str, Rounds] = {}
        self._connections: dict[str, Any] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._finishing: set[asyncio.Task[None]] = set()
        self._unsealed: list[Sealing] = []
        self._seal_at = 0.0

    async def start(self) -> None:
        """Finish what an earlier process left open, then be ready. A disk without room is found again at each session."""
        try:
            self.recorder.open()
            await recover(self)
        except RecordLost:
            pass
        self.spawn(self.teller.run())
        self.spawn(self._go_round())

    async def stop(self) -> None:
        """End all sessions and close."""
        for session in list(self.sessions.values()):
            session.end("gateway")
        self.tunnels.close_all("gateway")
        if self._finishing:
            await asyncio.wait(self._finishing, timeout=6)
        for task in self._tasks:
            task.cancel()
        self.recorder.close()

    def spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run something beside; its failure is told to the loop's handler and kills nothing else."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def ledger(self, message: Facts) -> Facts:
        """Ask the ledger. Raises Refused, Gone."""
        return await ask(self.settings.socket("ledger"), message)

    def detached(self, staff: int, agreement: bytes, host: str) -> Session | None:
        """Return the session of that engineer whose connection was lost and who may come back to it."""
        for session in self.sessions.values():
            who = (session.staff.id, session.agreement.digest, session.host.name)
            if session.detached and session.state is not State.ENDED and who == (staff, agreement, host):
                return session
        return None

    async def open(self, welcome: Welcome, name: str, request: Request, engineer: EngineerEnd) -> Session:
        """Open a session, from agreement to prompt; the engineer's end is tied to it. Raises Refused in words."""
        session = self._requested(welcome, name, request)
        language = session.staff.language
        key = await self._authorise(session, language)
        session.engineer = engineer
        try:
            await self._begin(session, request)
            if await self._waited_until_watched(session):
                key = await self._certified(session, language)  # the first one is long out of date
            await self._connect(session, key, request)
        except Refused as error:
            session.engineer = None
            session.end(error.code if error.code in REASONS else "host", why=error.reason)
            raise
        except BaseException:
            session.engineer = None
            session.end("left")
            raise
        return session

    def _requested(self, welcome: Welcome, name: str, request: Request) -> Session:
        """The gateway's own look at the agreement, whatever the desk said."""
        agreement, staff = welcome.agreement, welcome.staff
        host = agreement.host(name)
        if host is None or name not in welcome.hosts:
            raise Refused("host", say("no_host", staff.language, host=name))
        if staff.id not in agreement.engineers:
            raise Refused("engineer", say("not_you", staff.language))
        if not agreement.is_open(clock.now_ns()):
            window = {"begins": in_words(agreement.begins), "ends": in_words(agreement.ends)}
            raise Refused("window", say("not_now", staff.language, **window))
        session = Session(self, staff, agreement, host, request.facts())
        if self.settings.marks and host.marks and request.kind == "shell" and request.terminal:
            session.naming = Naming()
        session.on_end = self._ended
        return session

    async def _authorise(self, session: Session, language: str) -> Proof:
        """Recorder, ledger and signer, and the tunnel where there is one, must all be there before anything begins."""
        if session.host.by_tunnel:
            session.tunnel = self.tunnels.of(session.agreement, session.host.name)
            if session.tunnel is None:
                raise Refused("tunnel", say("no_tunnel", language, host=session.host.name))
        try:
            self.recorder.open()
        except RecordLost as error:
            raise Refused("recorder", say("recorder_unready", language, why=str(error))) from error
        try:
            await self.ledger({"do": "agree", "agreement": session.agreement.text})
        except Gone as error:
            raise Refused("ledger", say("ledger_gone", language)) from error
        key = await self._certified(session, language)
        session.go(State.AUTHORISED)
        return key

    async def _certified(self, session: Session, language: str) -> Proof:
        try:
            key = await prove(self.settings.socket("signer"), self._who(session), session.host)
        except (Gone, KeyError, ValueError) as error:
            raise Refused("signer", say("signer_gone", language)) from error
        if isinstance(key, HeldKey):
            session.window_key = key.public.split()[1]
        return key

    def _who(self, session: Session) -> Facts:
        return {
            "agreement": session.agreement.digest.hex(),
            "staff": session.staff.id,
            "host": session.host.name,
            "session": session.hex,
        }

    async def _begin(self, session: Session, request: Request) -> None:
        """The record begins and the desk knows of it, both durably, before the host is dialled."""
        language = session.staff.language
        session.go(State.OPENING)
        self.sessions[session.hex] = session
        self.hub.begin(session.hex, session.facts)
        try:
            facts = {"ticket": session.agreement.ticket, "host": session.host.name, "login": session.host.login}
            facts["road"] = str(session.host.road)
            if session.tunnel is not None:
                facts["tunnel_from"] = session.tunnel.address
            person = {"id": session.staff.id, "name": session.staff.name}
            marks = {"marks": session.naming.digest} if session.naming is not None else {}
            await session.record.begin({**request.facts(), **facts, **marks, "staff": person})
            await self.ledger({"do": "begin", "session": session.hex, "agreement": session.agreement.digest.hex()})
            await self.door.opened(
                {
                    "session": session.hex,
                    "agreement": session.agreement.digest.hex(),
                    "staff": session.staff.id,
                    "host": session.host.name,
                    "from": request.address,
                    "at": clock.now_ns(),
                }
            )
        except (RecordLost, OSError) as error:
            raise Refused("recorder", say("recorder_unready", language, why=str(error))) from error
        except Gone as error:
            raise Refused("desk", say("desk_gone", language)) from error
        self._rounds[session.hex] = Rounds(self, session)
        self.spawn(obey(session, self.hub))
        if session.engineer is not None and session.engineer.terminal:
            until = in_words(session.agreement.ends)
            session.notice("opening", ticket=session.agreement.ticket, host=session.host.name, ends=until)
            if session.agreement.watching.startswith("must"):
                session.notice(session.agreement.watching)

    async def _waited_until_watched(self, session: Session) -> bool:
        """Return when work may begin, and whether that took time. Raises Refused when nobody comes."""
        rounds = self._rounds[session.hex]
        if not session.agreement.watching.startswith("must") or rounds.is_watched(clock.monotonic()):
            return False
        session.go(State.WAITING)
        session.notice("waiting")
        end = clock.monotonic() + PATIENCE_TO_WATCH
        while session.state is State.WAITING and clock.monotonic() < end:
            if rounds.is_watched(clock.monotonic()):
                session.go(State.OPENING)
                return True
            await asyncio.sleep(0.2)
        raise Refused("watch", say("end_watch", session.staff.language))

    async def _connect(self, session: Session, key: Proof, request: Request) -> None:
        if session.tunnel is not None and not session.tunnel.is_open:
            raise Refused("tunnel", say("tunnel_closed", session.staff.language))
        connection = await dial(session.host, key, language=session.staff.language, tunnel=session.tunnel or ())
        self._connections[session.hex] = connection
        if self.settings.probe and session.state is State.OPENING:
            session.found("opening", await look(connection))
        shell = await self._shell(session, connection)
        while session.reasons and session.state is State.OPENING:
            await asyncio.sleep(LOOK_AGAIN)
        if session.state is not State.OPENING:
            connection.abort()
            raise Refused("ended", say("ended", session.staff.language))
        await start(session, connection, request, shell)
        session.begun()

    async def _shell(self, session: Session, connection: Any) -> Shell | None:
        """How the shell is begun, where it can name its commands. A host that could not be looked at is not asked either."""
        blind = self.settings.probe and session.probed is None
        if session.naming is None or blind or session.state is not State.OPENING:
            return None
        shell = await ask_shell(connection, session.naming)
        if shell is not None:
            session.names_commands(shell.name)
        return shell

    async def _go_round(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            self.recorder.look()
            if self._unsealed and clock.monotonic() >= self._seal_at:
                self._seal_at = clock.monotonic() + SEAL_AGAIN
                self.spawn(self._seal_again())
            for rounds in list(self._rounds.values()):
                rounds.look()

    def _record_lost(self, why: str) -> None:
        for session in list(self.sessions.values()):
            session.end("recorder", why=why)

    def _ended(self, session: Session, why: str) -> None:
        rounds = self._rounds.pop(session.hex, None)
        if rounds is not None:
            rounds.stop()
        task = self.spawn(self._finish(session, why))
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)

    async def _finish(self, session: Session, why: str) -> None:
        """The last of a session: its end frame, sealed by the ledger; the desk and those who watch are told."""
        connection = self._connections.pop(session.hex, None)
        if connection is not None:
            if session.probed is not None and session.reason != "recorder":
                await asyncio.sleep(HANG_UP)
                session.found("ending", await look(connection))
            connection.close()
        record = session.record
        if session.hex not in self.sessions:
            return
        if not record.frames:  # not even its header could be written: there is no record to end
            self.hub.finish(session.hex, session.reason)
            self.sessions.pop(session.hex, None)
            return
        try:
            record.write(Kind.END, canonical({"frames": record.frames, "size": record.size}))
            await record.durable()
            agreement = session.agreement.digest.hex()
            await self.seal(Sealing(session.hex, agreement, record.frames, record.size, record.head, session.reason))
        except RecordLost:
            pass  # the next start describes the gap and ends the record
        facts = {"reason": session.reason, "why": why, "frames": record.frames, "head": record.head.hex()}
        session.tell("ended", facts)
        self.hub.finish(session.hex, session.reason)
        self.sessions.pop(session.hex, None)

    async def seal(self, sealing: Sealing) -> None:
        """Have the ledger sign and seal a whole record; while it is away that is tried again and again."""
        try:
            answer = await self.ledger(sealing.message())
        except Gone:
            self._unsealed.append(sealing)
        except Refused as error:
            self.teller.tell(sealing.session, LAST_WORD + 1, "unsealed", {"why": error.reason})
        else:
            self.hub.head(sealing.session, str(answer.get("note", "")))

    async def _seal_again(self) -> None:
        unsealed, self._unsealed = self._unsealed, []
        for sealing in unsealed:
            await self.seal(sealing)
