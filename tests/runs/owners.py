"""Somebody who owns an embedded server, and rows in it."""

import subprocess
import sys
from pathlib import Path

import psycopg

OWNER = """
import sys, signal
from pathlib import Path
from opora.config.embedded import owned
with owned(Path(sys.argv[1]), "the owner") as server:
    print(server.process.pid, flush=True)
    sys.stdin.read()
"""


def start_owner(state: Path) -> tuple[subprocess.Popen[str], int]:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    return owner, int(owner.stdout.readline())


def write_rows(url: str, count: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept SELECT generate_series(1, %s)", [count])


def count_rows(url: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT count(*) FROM kept").fetchone()[0]
