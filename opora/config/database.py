"""The database as the program's own processes use it: which address, which direct address, and is it fit for us.

Knows nothing of the desk's tables. Django's models are not touched here.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from opora.config.settings import database as settings
from opora.config.settings.paths import OPORA_STATE
from opora.desk.kernel import clock

log = logging.getLogger("opora.database")

LEAST_VERSION = 15
EXTENSIONS = ("pg_trgm", "unaccent", "btree_gin")
LARGEST_SKEW = 2.0
"""Seconds between the database's clock and ours that we bear: promises are counted by ours, written beside its own."""


class Unfit(Exception):
    """The database cannot be used; each line says one reason and what to do."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


class Away(Unfit):
    """The database does not answer now; it may, later."""


def url() -> str:
    """The address of the database: DATABASE_URL, else the embedded server's."""
    return settings.DATABASE_URL or settings.embedded_url()


def direct_url() -> str:
    """An address that leads to one session: for LISTEN and advisory locks (never a pooler in transaction mode)."""
    return settings.DATABASE_LISTEN_URL or url()


def use(address: str) -> None:
    """From now on Django's default connection leads to `address`; call it before Django is set up."""
    settings.DATABASES["default"].update(settings.connection_from_url(address))


def shown(address: str) -> str:
    """The address without its password, for people and logs."""
    parts = urlsplit(address)
    credentials, at, place = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{credentials.partition(':')[0]}{at}{place}", query="").geturl()


def where() -> str:
    """The database in words for a log line."""
    return shown(settings.DATABASE_URL) if settings.DATABASE_URL else f"embedded, in {OPORA_STATE}"


def connect(address: str | None = None, *, seconds: int = 5) -> Any:
    """A plain connection outside Django, in autocommit. Raises Away in plain words."""
    import psycopg

    address = address or direct_url()
    try:
        return psycopg.connect(address, autocommit=True, connect_timeout=seconds, application_name="opora")
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        if settings.DATABASE_URL:
            raise Away(f"The database {shown(address)} does not answer: {reason}") from error
        raise Away(
            f"No database is there: DATABASE_URL is not set, and no embedded server runs in {OPORA_STATE}. "
            "Start `opora up`, or set DATABASE_URL."
        ) from error


def when_it_answers[T](ask: Callable[[], T], *, seconds: float) -> T:
    """What `ask` returns; while the database is away it is asked again, with growing pauses, for so long. Raises Away."""
    import psycopg

    end, pause = clock.monotonic() + seconds, 0.1
    while True:
        try:
            return ask()
        except (Away, psycopg.OperationalError) as error:
            if clock.monotonic() + pause > end:
                raise error if isinstance(error, Away) else Away(str(error)) from error
            log.warning("waiting for the database: %s", str(error).partition("\n")[0])
        time.sleep(pause)
        pause = min(2 * pause, 2.0)


def examine(address: str | None = None) -> list[str]:
    """Why this database is unfit, in plain words; empty when it will do. Raises Away when it does not answer."""
    with connect(address or url()) as connection:
        version = connection.info.server_version
        reasons = []
        if version < LEAST_VERSION * 10_000:
            return [f"PostgreSQL is {version // 10_000}; version {LEAST_VERSION} or newer is needed."]
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            return [f"The database is encoded in {encoding}; make one with ENCODING 'UTF8'."]
        (recovering,) = connection.execute("SELECT pg_is_in_recovery()").fetchone()
        if recovering:
            reasons.append(
                "This server is a standby (in recovery): give the primary, or target_session_attrs=read-write."
            )
        if missing := _missing_extensions(connection):
            lines = " ".join(f"CREATE EXTENSION {name};" for name in missing)
            reasons.append(f"The database lacks extensions and our role may not add them. The owner runs: {lines}")
        if not recovering and not _may_make_triggers(connection):
            reasons.append("Our role may not make tables and triggers here: GRANT CREATE ON SCHEMA public TO it.")
        skew = clock_skew(connection)
        if abs(skew) > LARGEST_SKEW:
            reasons.append(f"The database's clock is {skew:+.1f} s from ours: set both by NTP.")
        return reasons


def clock_skew(connection: Any) -> float:
    """Seconds by which the database's clock is ahead of ours, the way there and back halved."""
    before = clock.now()
    (theirs,) = connection.execute("SELECT clock_timestamp()").fetchone()
    after = clock.now()
    return float((theirs - (before + (after - before) / 2)).total_seconds())


def _missing_extensions(connection: Any) -> list[str]:
    installed = {name for (name,) in connection.execute("SELECT extname FROM pg_extension")}
    wanted = [name for name in EXTENSIONS if name not in installed]
    if not wanted:
        return []
    rows = connection.execute(
        """SELECT v.name, bool_or(v.trusted) AND has_database_privilege(current_database(), 'CREATE')
                  OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
           FROM pg_available_extension_versions v WHERE v.name = ANY(%s) GROUP BY v.name""",
        [wanted],
    )
    creatable = {name for name, may in rows if may}
    return [name for name in wanted if name not in creatable]


def _may_make_triggers(connection: Any) -> bool:
    import psycopg

    with suppress(psycopg.Error):
        (may,) = connection.execute("SELECT has_schema_privilege(current_schema(), 'CREATE')").fetchone()
        return bool(may)
    return False


def use_pool(size: int = 12) -> None:
    """Share a pool of connections between the threads of this process; call it before Django is set up."""
    connection = settings.DATABASES["default"]
    connection["CONN_MAX_AGE"] = 0
    connection["OPTIONS"] = {**connection["OPTIONS"], "pool": {"min_size": 2, "max_size": size, "timeout": 10}}
