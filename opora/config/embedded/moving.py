"""Taking the whole database out to one file and in again: the way from embedded to external and back."""

import os
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

from opora.config.embedded.engine import Engine
from opora.config.embedded.errors import EmbeddedTrouble


def export_to(file: Path, *, url: str, engine: Engine) -> int:
    """Write the database behind `url` to `file` (pg_dump's own format) and return its bytes. An old file is replaced
    only by a whole new one. Raises EmbeddedTrouble."""
    aside = file.with_name(f".{file.name}.part")
    _run(
        [engine.program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", f"--file={aside}"],
        url,
        aside,
    )
    aside.replace(file)
    return file.stat().st_size


def import_from(file: Path, *, url: str, engine: Engine) -> None:
    """Fill the empty database behind `url` from `file`, all or nothing. Raises EmbeddedTrouble."""
    if not file.is_file():
        raise EmbeddedTrouble(f"There is no file {file}.")
    if tables := tables_in(url):
        raise EmbeddedTrouble(f"The database is not empty ({tables} tables); import only into an empty one.")
    words = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", str(file)]
    _run([engine.program("pg_restore"), *words], url)


def tables_in(url: str) -> int:
    """How many tables of ours the database behind `url` has."""
    import psycopg

    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchone()
    return int(row[0]) if row else 0


def _run(words: list[str], url: str, rubbish: Path | None = None) -> None:
    """Runs a program on `url`; the password goes by the environment, for a command line can be read by anybody."""
    shown, password = _without_password(url)
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    words = [words[0], f"--dbname={shown}", *words[1:]]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)  # noqa: S603
    if done.returncode != 0:
        if rubbish is not None:
            rubbish.unlink(missing_ok=True)
        raise EmbeddedTrouble(f"{Path(words[0]).name} failed:\n{done.stderr.strip()[-2000:]}")


def _without_password(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    credentials, at, place = parts.netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    return parts._replace(netloc=f"{user}{at}{place}").geturl(), unquote(password)
