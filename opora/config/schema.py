"""Is the database's schema ours, older or newer? A program older than the schema refuses to run.

The files of all migrations have one hash, which the database remembers: when they are equal nothing needs to be loaded.
"""

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

MARK = "migrations"
_PROGRAM = Path(__file__).resolve().parent.parent
_OF_OTHERS = ("django", "django-allauth", "django-pgtrigger")


class SchemaTrouble(Exception):
    """The schema is not the program's; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Migrations the database has and we do not know, and those we know and it has not."""

    unknown: list[str]
    missing: list[str]


def files_hash() -> str:
    """One hash of all our migrations, the list of rooms, and the versions of packages that bring their own."""
    parts = hashlib.sha256()
    for file in sorted(_PROGRAM.glob("desk/**/migrations/*.py")):
        parts.update(f"{file.relative_to(_PROGRAM)}\0".encode() + file.read_bytes() + b"\0")
    parts.update((_PROGRAM / "config/settings/rooms.py").read_bytes())
    for name in _OF_OTHERS:
        with suppress(metadata.PackageNotFoundError):
            parts.update(f"{name} {metadata.version(name)}\0".encode())
    return parts.hexdigest()


def remembered_hash(connection: Any) -> str:
    """What the database remembers of the last migration; empty when nothing."""
    (there,) = connection.execute("SELECT to_regclass('kernel_mark')").fetchone()
    if not there:
        return ""
    row = connection.execute("SELECT value->>'hash' FROM kernel_mark WHERE name = %s", [MARK]).fetchone()
    return str(row[0]) if row and row[0] else ""


def is_current(connection: Any) -> bool:
    """Whether the database was last migrated by exactly these files."""
    return remembered_hash(connection) == files_hash()


def judge() -> Verdict:
    """Compares the migrations one by one; needs Django. Only our own rooms count as unknown."""
    from django.apps import apps
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    loader = executor.loader
    ours = {app.label for app in apps.get_app_configs() if app.name.startswith("opora.")}
    known = set(loader.disk_migrations or {})
    replaced = {pair for migration in (loader.disk_migrations or {}).values() for pair in migration.replaces}
    applied = set(loader.applied_migrations or {})
    unknown = sorted(f"{label}.{name}" for label, name in applied - known - replaced if label in ours)
    plan = executor.migration_plan(loader.graph.leaf_nodes())
    return Verdict(unknown, [f"{migration.app_label}.{migration.name}" for migration, _ in plan])


def require_current() -> None:
    """Return when the schema is ours. Raises SchemaTrouble: newer than we are, or still to be migrated."""
    from opora.config import database

    with database.connect(database.url()) as connection:
        if is_current(connection):
            return
    verdict = judge()
    _refuse_newer(verdict)
    if verdict.missing:
        raise SchemaTrouble(
            f"The database waits for {len(verdict.missing)} migrations (first {verdict.missing[0]}). Run `opora migrate`."
        )


def migrate(*, loud: int = 0) -> int:
    """Bring the schema up to the program and remember the hash; returns how many migrations ran. Raises SchemaTrouble.

    One at a time: an advisory lock makes a second one wait and then find nothing to do.
    """
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('opora migrate'))")
        try:
            verdict = judge()
            _refuse_newer(verdict)
            call_command("migrate", interactive=False, verbosity=loud)
            value = json.dumps({"hash": files_hash()})
            cursor.execute(
                "INSERT INTO kernel_mark (name, value) VALUES (%s, %s) "
                "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                [MARK, value],
            )
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('opora migrate'))")
    return len(verdict.missing)


def _refuse_newer(verdict: Verdict) -> None:
    if verdict.unknown:
        raise SchemaTrouble(
            f"The database's schema is newer than this program: it has {', '.join(verdict.unknown[:3])}"
            f"{' and more' if len(verdict.unknown) > 3 else ''}, which this version does not know. "
            "Run the newer version, or go back to a backup made by this one."
        )


def settle_after_move(connection: Any) -> None:
    """After an import into another server: events keep their order, but transaction numbers start anew there.

    All moved events get the number 1, below every living transaction; the publisher goes on behind the newest.
    """
    (there,) = connection.execute("SELECT to_regclass('kernel_event')").fetchone()
    if not there:
        return
    with connection.transaction():
        connection.execute("ALTER TABLE kernel_event DISABLE TRIGGER USER")
        connection.execute("UPDATE kernel_event SET tx = '1'")
        connection.execute("ALTER TABLE kernel_event ENABLE TRIGGER USER")
        connection.execute("DELETE FROM kernel_mark WHERE name = 'published'")
        connection.execute("DELETE FROM kernel_pulse")
