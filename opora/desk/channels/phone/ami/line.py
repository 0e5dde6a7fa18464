"""One connection to an Asterisk's manager interface. It speaks and listens; what is said means nothing to it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import count
from urllib.parse import urlsplit

from opora.desk.channels.phone.parsing.ami import Message, Splitter, action

USUAL_PORTS = {"ami": 5038, "amis": 5039}
PATIENCE = 10.0
EVENTS = "call,agent,dialplan"
PIECE = 64 * 1024


class Broken(Exception):
    """The line cannot be had or is lost; the words say why and hold no secret."""


class NotDone(Exception):
    """The exchange refused; its words."""


class Line:
    """An open line. Every message that answers none of our actions comes out of `events`, in order."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._numbers = count(1)
        self._asked: dict[str, asyncio.Future[Message]] = {}
        self.events: asyncio.Queue[Message | None] = asyncio.Queue(maxsize=10_000)
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def open(cls, address: str, *, login: str, password: str) -> "Line":
        """Connect and sign in. Raises Broken, NotDone."""
        parts = urlsplit(address)
        secured = ssl.create_default_context() if parts.scheme == "amis" else None
        try:
            opened = asyncio.open_connection(parts.hostname, parts.port or USUAL_PORTS[parts.scheme], ssl=secured)
            line = cls(*await asyncio.wait_for(opened, PATIENCE))
        except (OSError, TimeoutError) as trouble:
            raise Broken(f"{parts.hostname}: {trouble or 'no answer'}") from trouble
        try:
            await line.say("Login", Username=login, Secret=password, Events=EVENTS)
        except BaseException:
            await line.close()
            raise
        return line

    async def say(self, name: str, **fields: str) -> Message:
        """An action's answer. Raises NotDone with the exchange's words, Broken, parsing.ami.NotSayable."""
        number = f"opora-{next(self._numbers)}"
        octets = action(name, number, **fields)
        answered = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            self._writer.write(octets)
            await asyncio.wait_for(self._writer.drain(), PATIENCE)
            answer: Message = await asyncio.wait_for(answered, PATIENCE)
        except TimeoutError as trouble:
            raise Broken("the exchange does not answer") from trouble
        except OSError as trouble:
            raise Broken(str(trouble)) from trouble
        finally:
            self._asked.pop(number, None)
        if answer.get("Response") not in ("Success", "Goodbye"):
            raise NotDone(answer.get("Message")[:200] or "the exchange refused")
        return answer

    async def hear(self) -> AsyncIterator[Message]:
        """The events, until the line breaks. Raises Broken."""
        while (message := await self.events.get()) is not None:
            yield message
        raise Broken("the exchange closed the line")

    async def close(self) -> None:
        """Hang up; more than once without harm."""
        self._listening.cancel()
        self._writer.close()
        with suppress(OSError, TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(self._writer.wait_closed(), 2.0)

    async def _listen(self) -> None:
        splitter = Splitter()
        try:
            while piece := await self._reader.read(PIECE):
                for message in splitter.feed(piece):
                    await self._take(message)
        except OSError:
            pass
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(Broken("the exchange closed the line"))
        await self.events.put(None)

    async def _take(self, message: Message) -> None:
        answer = self._asked.get(message.get("ActionID"))
        if message.get("Response") and answer is not None:
            if not answer.done():
                answer.set_result(message)
        elif message.get("Event"):
            await self.events.put(message)
