"""`opora up`: the database, the schema, then web, worker, mail and the way to customers' hosts, all in one tree."""

import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from opora.config import database, preload, schema
from opora.config.embedded import EmbeddedTrouble, server_in
from opora.config.embedded.holding import Held, hold
from opora.config.settings import env
from opora.config.settings.database import DATABASE_URL
from opora.config.settings.gateway import OPORA_GATEWAY_GROUP, OPORA_GATEWAY_LISTEN
from opora.config.settings.paths import OPORA_STATE
from opora.config.settings.web import OPORA_LISTEN, OPORA_SITE_URL
from opora.config.supervisor.forking import settle
from opora.config.supervisor.parts import Command, Database
from opora.config.supervisor.tree import GivenUp, Stopping, Tree
from opora.desk.kernel import clock

_PORT_PATIENCE = 10.0
"""Seconds in which the processes of a killed start may still hold the port."""


@dataclass(frozen=True, slots=True)
class Besides:
    """What a special start adds: commands to run once before the web, parts to keep alive, and what to do when ready."""

    first: Sequence[Command] = ()
    also: Sequence[Command] = ()
    when_ready: Callable[[], object] = tuple


def up(
    *, worker_count: int = 1, say: Callable[[str, str], object] | None = None, besides: Besides | None = None
) -> int:
    """Run everything until SIGTERM or SIGINT; returns the exit code."""
    say = say or _say
    began = clock.monotonic()
    tree = Tree(say)
    with ExitStack() as stack:
        try:
            _hold_state(stack)
            tree.listen()
            _run(tree, stack, say, began, worker_count, besides or Besides())
        except Stopping:
            say("up", "stopping")
            code = 0
        except (GivenUp, EmbeddedTrouble, database.Unfit, schema.SchemaTrouble) as trouble:
            say("up", str(trouble))
            code = 1
        finally:
            tree.stop()
        say("up", "stopped")
        return code


def _hold_state(stack: ExitStack) -> None:
    """One tree per state folder. Raises Unfit with who holds it."""
    try:
        stack.enter_context(hold(OPORA_STATE / "up.lock", "opora up"))
    except Held as held:
        raise database.Unfit(
            f"Opora already runs on {OPORA_STATE}: {held}. Stop that one, or set OPORA_STATE."
        ) from None


def _run(
    tree: Tree, stack: ExitStack, say: Callable[[str, str], object], began: float, workers: int, besides: Besides
) -> None:
    embedded = None if DATABASE_URL else _begin_embedded(tree, stack, say)
    preload.load()  # while PostgreSQL starts
    settle()
    if embedded:
        _await_embedded(tree, embedded, say)
    else:
        say("up", f"database: {database.where()}")
    _make_fit(tree, embedded, say)
    for command in besides.first:
        _run_once(tree, command, f"{command.name} did not do its part; the line above says why.")
    listening = stack.enter_context(_listening())
    web = Command("web", 0, 3.5, words=("web", "--listen-fd", str(listening.fileno())), handed=[listening.fileno()])
    mail = Command("mail", 0, 3.5, words=("mail",))
    names = ["worker"] if workers == 1 else [f"worker {n}" for n in range(1, workers + 1)]
    rest = [*(Command(name, 1, 3.0, words=("worker",)) for name in names), *_way_to_hosts(), *besides.also]
    tree.begin(web, mail)
    tree.until_ready(web)
    tree.begin(*rest)
    say("up", f"ready after {clock.monotonic() - began:.1f} s: {OPORA_SITE_URL}/ (staff: {OPORA_SITE_URL}/desk/)")
    tree.until_ready(mail, *rest)
    say("up", "worker and mail at work; Ctrl+C stops all")
    besides.when_ready()
    tree.keep()


def _way_to_hosts() -> list[Command]:
    """Ledger, signer and gateway, where a gateway is wanted. The gateway stops first: it ends its sessions' records.

    Where each is a user of its own they are nobody's children: another's unit runs them.
    """
    if not OPORA_GATEWAY_LISTEN or OPORA_GATEWAY_GROUP:
        return []
    os.environ["OPORA_STATE"] = str(OPORA_STATE)  # they read the environment, not the desk's settings
    return [
        Command("gateway", 0, 8.0, words=("gateway",)),
        Command("ledger", 1, 3.0, words=("ledger",)),
        Command("signer", 1, 3.0, words=("signer",)),
    ]


def _begin_embedded(tree: Tree, stack: ExitStack, say: Callable[[str, str], object]) -> Database:
    try:
        stack.enter_context(hold(OPORA_STATE / "pg.lock", "opora up"))
    except Held as held:
        raise database.Unfit(f"The database in {OPORA_STATE} is held by {held}. Try again when it has ended.") from None
    server = server_in(OPORA_STATE, chosen=env.text("OPORA_PG_BIN"))
    if not (server.places.data / "PG_VERSION").exists():
        say("postgres", f"making a database in {server.places.data} (first start)")
    part = Database("postgres", 2, 3.0, server=server)
    tree.begin(part)
    return part


def _await_embedded(tree: Tree, part: Database, say: Callable[[str, str], object]) -> None:
    """Until it takes connections; whoever is forked from now on knows its address."""
    server = part.server
    try:
        tree.until_ready(part)
    except GivenUp as trouble:
        raise GivenUp(f"{trouble}\n{server.last_words()}") from None
    server.make_database()
    server.note_url()
    database.use(server.url)
    say("postgres", f"{server.engine.name} {server.way.name}, data in {server.places.data}, not on TCP")


def _make_fit(tree: Tree, embedded: Database | None, say: Callable[[str, str], object]) -> None:
    """Look at the database and bring its schema up; once more from the beginning if our server was killed meanwhile."""
    while True:
        process = embedded.process if embedded else None
        try:
            if reasons := database.examine():
                raise database.Unfit(*reasons)
            _bring_schema_up(tree, say)
            return
        except (database.Unfit, GivenUp, psycopg.OperationalError):
            if embedded is None or process is None or process.poll() is None:
                raise
            tree.until_ready(embedded)


def _bring_schema_up(tree: Tree, say: Callable[[str, str], object]) -> None:
    """Migrates our own database; somebody else's is only looked at."""
    with database.connect(database.url()) as connection:
        if schema.is_current(connection):
            return
    if DATABASE_URL:
        words: tuple[str, ...] = ("migrate", "--check")
    else:
        say("migrate", "bringing the schema up to this version")
        words = ("migrate",)
    part = Command("migrate", 1, 5.0, words=words, once=True)
    _run_once(tree, part, "the schema is not this version's; the line above says what to do.")


def _run_once(tree: Tree, part: Command, otherwise: str) -> None:
    tree.begin(part)
    if tree.until_gone(part) != 0:
        raise GivenUp(otherwise)


def _listening() -> socket.socket:
    """The web's socket, bound here: a web process that starts again loses no caller."""
    host, port = OPORA_LISTEN
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    end = clock.monotonic() + _PORT_PATIENCE
    while True:
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
            listening.listen(1024)
        except OSError as error:
            listening.close()
            if clock.monotonic() > end or not _ours_may_still_hold(error):
                raise database.Unfit(
                    f"{host}:{port} cannot be listened on ({error.strerror}). Stop what uses it, or set OPORA_LISTEN."
                ) from error
            time.sleep(0.1)
        else:
            return listening


def _ours_may_still_hold(error: OSError) -> bool:
    import errno

    return error.errno == errno.EADDRINUSE and any(_is_our_web(entry) for entry in Path("/proc").glob("[0-9]*"))


def _is_our_web(entry: Path) -> bool:
    try:
        return (entry / "cmdline").read_bytes().startswith(b"opora\0web\0")
    except OSError:
        return False


def _say(who: str, what: str) -> None:
    with suppress(OSError):  # a terminal that is gone must not take the tree with it
        for line in what.splitlines():
            print(f"{who:<9} {line}", file=sys.stderr, flush=True)  # noqa: T201
