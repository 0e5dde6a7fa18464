"""The server of a test session: quick, in memory, and always gone afterwards."""

import subprocess
import sys
from pathlib import Path

import psycopg

from opora.config.embedded import throwaway
from tests.runs.waiting import is_alive, wait_until

SESSION = """
from opora.config.embedded import throwaway
with throwaway() as server:
    print(server.process.pid, server.places.home, flush=True)
    input()
"""


def test_it_gives_a_quick_server_and_takes_all_of_it_away():
    with throwaway() as server:
        home = server.places.home
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("off",)
        pid = server.process.pid
    assert not is_alive(pid)
    assert not home.exists()


def test_it_goes_with_a_killed_session():
    session = subprocess.Popen(
        [sys.executable, "-c", SESSION], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    pid, home = session.stdout.readline().split()
    session.kill()
    session.wait()
    wait_until(lambda: not is_alive(int(pid)), "the server goes")
    wait_until(lambda: not Path(home).exists(), "its folder goes")
