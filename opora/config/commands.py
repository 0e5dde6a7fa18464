"""What each command does: prepares what it needs, runs one function, turns expected trouble into one line."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from opora.config import apart
from opora.config.children import WILL_NOT_MEND, die_with_parent
from opora.config.telling import say, tell

Options = argparse.Namespace
TRY_AGAIN_LATER = 75
"""sysexits.h: EX_TEMPFAIL"""

_DATABASE_PATIENCE = 90.0
"""Seconds for which a part of the tree waits for the database, while it recovers from a kill, say."""


def run(options: Options) -> int:
    """Run the chosen command; returns its exit code."""
    if getattr(options, "parent", 0):
        die_with_parent(options.parent)
    if getattr(options, "ready_fd", -1) >= 0:
        os.set_inheritable(options.ready_fd, False)  # a child of ours that held it would keep who waits for it waiting
    if options.version:
        return _version(argparse.Namespace(json=False))
    if options.command is None:
        from opora.config.cli import parser

        parser().print_help()
        return 2
    if options.command in apart.COMMANDS:
        return apart.run(options)
    return _without_traces(_COMMANDS[options.command], options)


def _without_traces(function: Callable[[Options], int], options: Options) -> int:
    """Expected trouble becomes one line and an exit code; a bug keeps its trace."""
    from opora.config.embedded import EmbeddedTrouble

    try:
        from django.core.exceptions import ImproperlyConfigured

        from opora.config.settings.env import BadSetting
    except ValueError as error:
        return say(f"{error}", WILL_NOT_MEND)
    from opora.config.database import Unfit
    from opora.config.schema import SchemaTrouble

    try:
        return function(options)
    except (BadSetting, ImproperlyConfigured, SchemaTrouble) as error:
        return say(str(error), WILL_NOT_MEND if getattr(options, "parent", 0) else 1)
    except (Unfit, EmbeddedTrouble) as error:
        return say(str(error), 1)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0


def _up(options: Options) -> int:
    from opora.config.supervisor.up import up

    return up(worker_count=options.workers)


def _web(options: Options) -> int:
    _stand(options, pooled=True)
    from opora.config.web import serve

    return serve(listen_fd=options.listen_fd, ready_fd=options.ready_fd)


def _worker(options: Options) -> int:
    _stand(options)
    from opora.config.worker import work

    return work(ready_fd=options.ready_fd)


def _mail(options: Options) -> int:
    if options.act == "parse":
        from opora.config.settings import env
        from opora.desk.channels.email.explaining import run_parse

        border = [word.lower() for word in env.words("OPORA_MAIL_BORDER")]
        keys = Path(folder) if (folder := env.text("OPORA_MAIL_KEYS")) else None
        return run_parse(options.files, as_json=options.json, bare=options.text, border=border, keys=keys)
    if options.act == "import":
        with _database("opora mail import"):
            _stand(options)
            from opora.desk.channels.email.importing import run_import

            return run_import(options.paths, as_json=options.json)
    if options.act == "pipe":
        return _pipe(options)
    if options.act == "dkim-key":
        from opora.config.settings import env
        from opora.desk.channels.email import signing

        address = env.text("OPORA_MAIL_ADDRESS", "support@opora.example")
        key = signing.make_key(Path(options.make)) if options.make else env.secret("OPORA_DKIM_KEY")
        return say(*signing.explain(key, env.text("OPORA_DKIM_SELECTOR", "opora"), address))
    _stand(options)
    from opora.config.mailroad import listen

    return listen(ready_fd=options.ready_fd)


def _pipe(options: Options) -> int:
    """A mail server pipes a letter in: whatever is wrong with us, it shall keep the letter and try again (75)."""
    raw = sys.stdin.buffer.read()
    try:
        with _database("opora mail pipe"):
            _stand(options)
            from opora.desk.channels.email.importing import run_pipe

            return run_pipe(raw, envelope_from=options.envelope_from, envelope_to=options.envelope_to)
    except Exception as trouble:
        return say(f"opora mail pipe: {trouble}", TRY_AGAIN_LATER)


def _migrate(options: Options) -> int:
    from opora.config import database, schema

    with _database("opora migrate"):
        if not options.parent and (reasons := database.examine()):
            raise database.Unfit(*reasons)
        _set_up()
        if options.check:
            schema.require_current()
            return say("The schema is this version's.", 0)
        count = schema.migrate()
    return say(f"{count} migrations ran; the schema is this version's." if count else "Nothing to migrate.", 0)


def _doctor(options: Options) -> int:
    from opora.config import doctor

    return doctor.run(as_json=options.json)


def _db(options: Options) -> int:
    from opora.config import database, schema
    from opora.config.embedded import engine, moving
    from opora.config.settings import env
    from opora.config.settings.paths import OPORA_STATE

    file = Path(options.file).absolute()
    with _database(f"opora db {options.move}"):
        address = database.url()
        programs = engine.find_engine(OPORA_STATE / "engine", chosen=env.text("OPORA_PG_BIN"))
        if options.move == "export":
            size = moving.export_to(file, url=address, engine=programs)
            return tell(options, f"{file}: {size:,} bytes", {"file": str(file), "bytes": size})
        if reasons := database.examine():
            raise database.Unfit(*reasons)
        moving.import_from(file, url=address, engine=programs)
        with database.connect(address) as connection:
            schema.settle_after_move(connection)
        tables = moving.tables_in(address)
    return tell(options, f"{tables} tables came in from {file}.", {"file": str(file), "tables": tables})


def _sla(options: Options) -> int:
    from opora.desk.sla import commands
    from opora.desk.sla.rules import Faulty

    try:
        if options.act == "repin":
            return _repin(options)
        if options.act == "add":
            text, facts = commands.add(options.calendar, options.start, options.work)
        elif options.act == "between":
            text, facts = commands.between(options.calendar, *options.moments)
        else:
            text, facts = commands.replay(options.file)
    except Faulty as faulty:
        return say(str(faulty), 2)
    return tell(options, text, facts)


def _consent(options: Options) -> int:
    with _database("opora consent"):
        _stand(options)
        from opora.desk.consent import queries

        request = queries.find(options.mark)
        if request is None:
            return say(f"There is no request {options.mark}.", 2)
        proof = queries.prove(request)
    tell(options, queries.in_words(proof), proof.to_json())
    return 1 if proof.faults else 0


def _repin(options: Options) -> int:
    with _database("opora sla repin"):
        _stand(options)
        from opora.desk.kernel.clock import now
        from opora.desk.tickets.commands import repin

        asked = {name: getattr(options, name) for name in ("contract", "calendar", "by", "why")}
        text, facts = repin(**asked, now=now)
    return tell(options, text, facts)


def _demo(options: Options) -> int:
    if options.act:
        _stand(options)
        from opora.config.demo import acting

        if options.act == "host":
            from opora.config.demo.customer import living

            return living.live(ready_fd=options.ready_fd)
        return acting.fill_if_empty() if options.act == "fill" else acting.live(ready_fd=options.ready_fd)
    from opora.config.demo import command

    if options.check:
        return command.check(as_json=options.json)
    return command.run(still=options.still)


def _manage(options: Options) -> int:
    from django.core.management import execute_from_command_line

    words = options.words[1:] if options.words[:1] == ["--"] else options.words
    with _database("opora manage"):
        _set_up()
        execute_from_command_line(["opora manage", *words])
    return 0


def _version(options: Options) -> int:
    from opora.config.doctor import versions

    found = versions()
    return tell(options, "\n".join(f"{name} {number}" for name, number in found.items()), found)


_COMMANDS: dict[str, Callable[[Options], int]] = {
    "up": _up,
    "web": _web,
    "worker": _worker,
    "mail": _mail,
    "sla": _sla,
    "migrate": _migrate,
    "doctor": _doctor,
    "db": _db,
    "consent": _consent,
    "demo": _demo,
    "manage": _manage,
    "version": _version,
}


def _stand(options: Options, *, pooled: bool = False) -> None:
    """What web, worker and mail need: a fit database with our schema, and Django. Raises Unfit, SchemaTrouble.

    A part of the tree waits for a database that is just starting again; alone it says at once that there is none.
    """
    from opora.config import database, schema

    patience = _DATABASE_PATIENCE if options.parent else 0.0
    if reasons := database.when_it_answers(database.examine, seconds=patience):
        raise database.Unfit(*reasons)
    if pooled:
        database.use_pool()
    _set_up()
    database.when_it_answers(schema.require_current, seconds=patience)


@contextmanager
def _database(command: str) -> Iterator[None]:
    """The external database, or the embedded server: the running one, or one started for this command."""
    from opora.config import database
    from opora.config.embedded import borrowed
    from opora.config.settings import env
    from opora.config.settings.database import DATABASE_URL
    from opora.config.settings.paths import OPORA_STATE

    if DATABASE_URL:
        yield
        return
    with borrowed(OPORA_STATE, command, chosen=env.text("OPORA_PG_BIN")) as address:
        database.use(address)
        yield


def _set_up() -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "opora.config.settings"
    django.setup()
