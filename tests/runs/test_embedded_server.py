"""The embedded server's life: first start, restart, kills, two owners, each way of running it."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from opora.config.embedded import EmbeddedTrouble, owned, running_url, server_in
from opora.config.embedded import places as places_module
from opora.config.embedded import server as server_module
from opora.config.embedded.holding import Held, hold, holder_of, is_held
from opora.config.embedded.places import LONGEST_SOCKET_FOLDER, socket_folder
from opora.config.embedded.privileges import choose_way
from opora.config.embedded.server import clear_leftovers, processes_in
from tests.runs.owners import count_rows, start_owner, write_rows
from tests.runs.waiting import is_alive, wait_until


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


def test_it_keeps_the_rows_over_a_restart(state):
    with owned(state, "first") as server:
        write_rows(server.url, 1000)
    with owned(state, "second") as server:
        assert count_rows(server.url) == 1000


def test_it_sorts_and_lowers_cyrillic_alike_everywhere_and_is_not_on_tcp(state):
    with owned(state, "first") as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT lower('ЁЖ')").fetchone() == ("ёж",)
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        assert connection.execute("SHOW fsync").fetchone() == ("on",)


def test_it_keeps_folders_shut(state):
    with owned(state, "first") as server:
        for folder in (state, server.places.data, server.places.sockets):
            assert stat.S_IMODE(folder.stat().st_mode) & 0o077 == 0, folder


def test_it_says_who_holds_the_data(state):
    with owned(state, "opora up"):
        with pytest.raises(Held) as caught, owned(state, "another"):
            pass
        assert (caught.value.holder.pid, caught.value.holder.command) == (os.getpid(), "opora up")
        assert caught.value.holder.since.endswith("+00:00")


def test_it_frees_the_lock_when_the_holder_is_killed(tmp_path):
    place = tmp_path / "lock"
    program = f"""
from pathlib import Path
from opora.config.embedded.holding import hold
with hold(Path({str(place)!r}), "doomed"):
    print("held", flush=True); input()
"""
    doomed = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    doomed.stdout.readline()
    assert is_held(place)
    assert holder_of(place).pid == doomed.pid
    doomed.kill()
    doomed.wait()
    with hold(place, "next"):
        assert holder_of(place).command == "next"


def test_it_goes_down_with_a_killed_owner_and_loses_nothing(state):
    owner, postgres = start_owner(state)
    write_rows(running_url(state), 1000)
    owner.kill()
    owner.wait()
    wait_until(lambda: not is_alive(postgres), "PostgreSQL goes when its parent is killed")
    with owned(state, "next") as server:
        assert count_rows(server.url) == 1000


def test_it_recovers_when_the_server_itself_is_killed(state):
    with owned(state, "first") as server:
        write_rows(server.url, 1000)
        os.kill(server.process.pid, signal.SIGKILL)
        assert server.process.wait(30) == -signal.SIGKILL
        server.prepare()
        server.start()
        server.wait_ready()
        assert count_rows(server.url) == 1000


def test_it_is_not_deceived_by_a_stale_pid_file(state):
    with owned(state, "first") as server:
        lines = (server.places.data / "postmaster.pid").read_text()
    (server.places.data / "postmaster.pid").write_text(lines)
    assert lines.splitlines()[7].strip() == "ready"
    server.process = subprocess.Popen(["sleep", "30"])
    try:
        assert not server.is_ready()
    finally:
        server.process.kill()
        server.process.wait()
    with owned(state, "second") as server:
        assert server.is_ready()


def test_it_waits_for_the_processes_of_a_killed_start(state, tmp_path):
    data = tmp_path / "pg"
    data.mkdir()
    (data / "postmaster.pid").write_text("1\n")
    leftover = subprocess.Popen(["sleep", "0.3"], cwd=data)
    assert processes_in(data) == [leftover.pid]
    clear_leftovers(data)
    assert leftover.poll() is None or processes_in(data) == []
    assert not (data / "postmaster.pid").exists()
    leftover.wait()


def test_it_says_which_processes_hinder_the_start(tmp_path):
    hindrance = subprocess.Popen(["sleep", "30"], cwd=tmp_path)
    try:
        with pytest.raises(EmbeddedTrouble, match=str(hindrance.pid)):
            clear_leftovers(tmp_path, seconds=0.2)
    finally:
        hindrance.kill()
        hindrance.wait()


def test_it_tells_the_last_words_when_the_server_cannot_start(state):
    server = server_in(state)
    server.prepare()
    server.settings = {"shared_buffers": "nonsense"}
    server.start()
    with pytest.raises(EmbeddedTrouble, match="shared_buffers"):
        server.wait_ready()


def test_it_begins_anew_after_a_first_start_cut_short(state):
    server = server_in(state)
    half = server.places.data.with_name("pg.making")
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with owned(state, "first") as server:
        write_rows(server.url, 1)
    assert not half.exists()


def test_it_puts_the_socket_in_a_short_folder_however_deep_the_state_lies(tmp_path):
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    with owned(deep, "deep") as server:
        assert len(str(server.places.sockets)) <= LONGEST_SOCKET_FOLDER
        write_rows(server.url, 1)


def test_it_keeps_the_socket_beside_the_data_when_the_path_is_short():
    with tempfile.TemporaryDirectory(dir="/tmp") as short:
        home = Path(short)
        assert socket_folder(home, choose_way()) == home / "run"
        assert stat.S_IMODE((home / "run").stat().st_mode) == 0o700


def test_it_goes_elsewhere_when_the_disk_knows_no_sockets(monkeypatch):
    with tempfile.TemporaryDirectory(dir="/tmp") as short:
        real = places_module._takes_sockets
        monkeypatch.setattr(places_module, "_takes_sockets", lambda folder: folder.name != "run" and real(folder))
        other = socket_folder(Path(short), choose_way())
        assert other != Path(short) / "run"
        other.rmdir()


def test_it_never_uses_a_socket_folder_that_others_may_enter(tmp_path):
    way = choose_way()
    usual = socket_folder(tmp_path, way)
    usual.chmod(0o755)
    try:
        other = socket_folder(tmp_path, way)
        assert other != usual
        other.rmdir()
    finally:
        usual.rmdir()


def test_it_refuses_a_disk_without_room_in_plain_words(state, monkeypatch):
    monkeypatch.setattr(server_module, "room_left", lambda folder: 1024)
    with pytest.raises(EmbeddedTrouble, match="MB are free"):
        server_in(state).prepare()
