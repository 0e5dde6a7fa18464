"""Files leave without holding a page thread, and bodies that come too slowly are told so."""

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from opora.config.http import pages as pages_module
from opora.config.http.answers import words
from opora.config.http.handing import PIECE, Handed
from opora.config.http.pages import Pages

CONTENT = b"0123456789" * 100_000


async def never() -> dict[str, str]:
    await asyncio.Event().wait()
    return {}


async def at_once() -> dict[str, str]:
    return {"type": "http.disconnect"}


def send_file(receive) -> tuple[list[dict], io.BytesIO]:
    handed, file, sent = Handed(), io.BytesIO(CONTENT), []

    async def send(message):
        sent.append(message)
        await asyncio.sleep(0)

    with ThreadPoolExecutor(1) as threads:
        assert list(handed.take(file, 4096)) == []
        asyncio.run(handed.send(receive, send, threads))
    return sent, file


def test_it_sends_all_of_it_and_closes_it():
    sent, file = send_file(never)
    assert b"".join(message["body"] for message in sent) == CONTENT
    assert [message.get("more_body", False) for message in sent] == [True] * (len(sent) - 1) + [False]
    assert max(len(message["body"]) for message in sent) <= PIECE
    assert file.closed


def test_it_stops_when_the_other_side_goes_away_and_closes_it():
    sent, file = send_file(at_once)
    assert sum(len(message["body"]) for message in sent) < len(CONTENT)
    assert file.closed


class Scene:
    """Pages asked without a network, counting the threads taken."""

    def __init__(self) -> None:
        self.pages = Pages()

    async def ask(self, path: str, receive) -> tuple[int, bytes]:
        status, body = 0, b""

        async def send(message):
            nonlocal status, body
            status = message.get("status", status)
            body += message.get("body", b"")

        scope = {
            "type": "http",
            "method": "POST" if receive is not nothing else "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(b"host", b"localhost"), (b"accept-language", b"ru")],
            "http_version": "1.1",
            "scheme": "http",
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
        }
        await self.pages(scope, receive, send)
        return status, body


async def nothing() -> dict[str, object]:
    if nothing.asked:
        await asyncio.Event().wait()
    nothing.asked = True
    return {"type": "http.request", "body": b"", "more_body": False}


def test_a_body_that_never_ends_is_told_so_and_took_no_thread(monkeypatch):
    monkeypatch.setattr(pages_module, "LONGEST_BODY", 0.05)

    async def dribble():
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def scene():
        stage = Scene()
        status, body = await stage.ask("/", dribble)
        stage.pages.end()
        return status, body, stage.pages.busy

    status, body, busy = asyncio.run(scene())
    assert (status, busy) == (408, 0)
    assert body.decode() == words("slow", [(b"accept-language", b"ru")])


def test_static_files_are_sent_whole_from_the_loop(monkeypatch):
    from django.contrib.staticfiles import finders

    nothing.asked = False
    path, storage = next(
        (path, storage) for finder in finders.get_finders() for path, storage in finder.list([]) if path.endswith(".js")
    )
    taken = []
    original = Handed.send
    monkeypatch.setattr(Handed, "send", lambda self, *words: taken.append(self.file) or original(self, *words))

    async def scene():
        stage = Scene()
        found = await stage.ask(f"/static/{path}", nothing)
        stage.pages.end()
        return found

    status, body = asyncio.run(scene())
    assert status == 200
    assert body == Path(storage.path(path)).read_bytes()
    assert taken[0] is not None
    assert taken[0].closed
