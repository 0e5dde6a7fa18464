"""The lines to all Asterisks: one thread, one event loop, a task for each line that mends itself.

Of several workers one keeps a line at a time. After every broken line, and again and again, the exchange is asked what lives:
so no call rings for ever because its end was not heard.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from django.db import DatabaseError

from opora.desk.channels.phone import errands
from opora.desk.channels.phone.ami.book import Book, complain, drop_connection
from opora.desk.channels.phone.ami.line import Broken, Line, NotDone
from opora.desk.channels.phone.models import Connection, Errand
from opora.desk.channels.phone.parsing.ami import NotSayable
from opora.desk.kernel import clock
from opora.desk.kernel.sealing import Unreadable

log = logging.getLogger("opora.phone")

LOOK_EVERY = 5.0
ERRANDS_EVERY = 0.5
LIST_EVERY = 30.0
LONGEST_PAUSE = 60.0
DATABASE_PAUSE = 1.0
REACHED_BY = ("address", "login", "password", "context", "channel", "region")

Holds = Callable[[str], bool]


class Keeper:
    """Keeps the line to one exchange until it is cancelled. What touches the database runs in `pool`, one thing at a time."""

    def __init__(self, exchange: Connection, holds: Holds, pool: ThreadPoolExecutor) -> None:
        self.exchange, self.settings = exchange, settings_of(exchange)
        self._holds, self._pool = holds, pool

    async def keep(self) -> None:
        """For ever."""
        failures = 0
        while True:
            try:
                if await self._do(self._is_ours):
                    await self._once()
                failures = 0
            except (Broken, NotDone, NotSayable, Unreadable, DatabaseError) as trouble:
                failures += 1
                log.warning("exchange %s: %s", self.exchange.pk, trouble)
                await self._do(complain, self.exchange.pk, str(trouble))
            except Exception:
                failures += 1
                log.exception("exchange %s failed in a way nobody thought of", self.exchange.pk)
                await self._do(complain, self.exchange.pk, "an error; the worker's log has its trace")
            await asyncio.sleep(min(LONGEST_PAUSE, 0.5 * 2 ** min(failures, 7)))

    async def _once(self) -> None:
        """One line, from sign-in until it breaks. Raises Broken, NotDone, Unreadable, DatabaseError."""
        password = await self._do(errands.password_of, self.exchange)
        line = await Line.open(self.exchange.address, login=self.exchange.login, password=password)
        try:
            book = Book(self.exchange)
            await self._do(book.reached)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._hear(line, book))
                tasks.create_task(self._look(line, book))
                tasks.create_task(self._run_errands(line, book))
        except BaseExceptionGroup as several:
            raise _first_of(several) from None
        finally:
            await line.close()

    async def _hear(self, line: Line, book: Book) -> None:
        async for message in line.hear():
            await self._surely(book.note, message, clock.now())
            await self._surely(book.write)

    async def _look(self, line: Line, book: Book) -> None:
        """Ask what lives; it also shows that the line does, and that nobody else keeps it now."""
        while True:
            await self._surely(book.begin_list)
            await line.say("CoreShowChannels")
            await asyncio.sleep(LIST_EVERY)
            if not await self._surely(self._is_ours):
                raise Broken("another worker keeps this line now")

    async def _run_errands(self, line: Line, book: Book) -> None:
        while True:
            errand = await self._surely(book.next_errand)
            if errand is None:
                await asyncio.sleep(ERRANDS_EVERY)
                continue
            trouble = ""
            try:
                name, fields = said_for(errand)
                await line.say(name, **fields)
            except (NotDone, NotSayable, Broken) as refusal:
                trouble = str(refusal)
            await self._surely(book.end_errand, errand, trouble)

    async def _surely[R](self, function: Callable[..., R], *arguments: Any) -> R:
        """What it returns, as soon as the database is there: an exchange goes on talking while ours restarts."""
        while True:
            try:
                return await self._do(function, *arguments)
            except DatabaseError as trouble:
                log.warning("exchange %s waits for the database: %s", self.exchange.pk, str(trouble).partition("\n")[0])
                await self._do(drop_connection)
                await asyncio.sleep(DATABASE_PAUSE)

    def _is_ours(self) -> bool:
        """Whether this worker is to keep the line. Raises DatabaseError."""
        try:
            return self._holds(f"exchange {self.exchange.pk}")
        except Exception as trouble:
            raise DatabaseError(str(trouble)) from trouble

    async def _do[R](self, function: Callable[..., R], *arguments: Any) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)


def _first_of(several: BaseExceptionGroup[BaseException]) -> BaseException:
    """Why the line broke: the first of the tasks that failed."""
    first = several.exceptions[0]
    return _first_of(first) if isinstance(first, BaseExceptionGroup) else first


def said_for(errand: Errand) -> tuple[str, dict[str, str]]:
    """The action that carries the errand out, and its fields."""
    exchange = errand.connection
    telephone = exchange.channel.replace("{extension}", errand.extension)
    if errand.kind != Errand.Kind.CALL:
        paused = "true" if errand.kind == Errand.Kind.PAUSE else "false"
        return "QueuePause", {"Interface": telephone, "Paused": paused, "Reason": errand.reason}
    return "Originate", {
        "Channel": telephone,
        "Context": exchange.context,
        "Exten": errand.number,
        "Priority": "1",
        "CallerID": f"<{errand.extension}>",
        "ChannelId": errand.key,
        "Timeout": "30000",
        "Async": "true",
    }


class Lines:
    """All keepers, started and stopped as exchanges are added, changed and switched off."""

    def __init__(self, holds: Holds) -> None:
        self._holds = holds
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._kept: dict[int, tuple[Keeper, asyncio.Task[None], ThreadPoolExecutor]] = {}
        self._thread = threading.Thread(target=self._run, name="exchanges", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, patience: float = 5.0) -> None:
        """Let go of every line."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(patience)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._main())
        self._loop.close()

    async def _main(self) -> None:
        looking = ThreadPoolExecutor(1, thread_name_prefix="exchanges")
        while not self._stopping.is_set():
            try:
                found = await self._loop.run_in_executor(looking, _reachable)
            except DatabaseError as trouble:
                log.warning("the exchanges could not be looked up: %s", trouble)
                await self._loop.run_in_executor(looking, drop_connection)
            else:
                await self._keep_exactly(found)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), LOOK_EVERY)
        await self._keep_exactly({})
        await self._loop.run_in_executor(looking, drop_connection)
        looking.shutdown()

    async def _keep_exactly(self, wanted: dict[int, Connection]) -> None:
        for pk, (keeper, task, pool) in list(self._kept.items()):
            if pk not in wanted or settings_of(wanted[pk]) != keeper.settings:
                task.cancel()
                await asyncio.wait([task], timeout=3.0)
                await self._loop.run_in_executor(pool, drop_connection)
                pool.shutdown(wait=False)
                del self._kept[pk]
        for pk, exchange in wanted.items():
            if pk not in self._kept:
                pool = ThreadPoolExecutor(1, thread_name_prefix=f"exchange {pk}")
                keeper = Keeper(exchange, self._holds, pool)
                self._kept[pk] = (keeper, self._loop.create_task(keeper.keep()), pool)


def settings_of(exchange: Connection) -> tuple[Any, ...]:
    """What a line depends on."""
    return tuple(getattr(exchange, name) for name in REACHED_BY)


def _reachable() -> dict[int, Connection]:
    rows = Connection.objects.filter(active=True, preset="asterisk").exclude(address="")
    return {exchange.pk: exchange for exchange in rows}
