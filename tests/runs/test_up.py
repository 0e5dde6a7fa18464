"""`opora up`: one tree that starts whole, mends itself, stops in order, and leaves nothing behind."""

import os
import signal
import time

import psycopg
import pytest

from opora.config import database
from opora.config.embedded import running_url, server_in
from opora.config.supervisor import up as supervisor_up
from opora.config.supervisor.parts import Database
from opora.config.supervisor.tree import Tree
from tests.runs.waiting import is_alive, wait_until

pytestmark = pytest.mark.slow


def test_it_starts_everything_and_stops_within_ten_seconds(program):
    program.up()
    parts = program.children()
    assert {"postgres", "web", "worker", "mail"} == set(parts)
    began = time.monotonic()
    assert program.down() == 0
    assert time.monotonic() - began < 10
    assert program.leftovers() == []


def test_it_stops_within_ten_seconds_with_streams_and_pages_open(program):
    program.up()
    import socket

    with socket.create_connection(("127.0.0.1", program.port)) as half:
        half.sendall(b"POST /sign-in/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf a body")
        began = time.monotonic()
        assert program.down() == 0
    assert time.monotonic() - began < 10
    assert program.leftovers() == []


@pytest.mark.parametrize("part", ["web", "worker", "mail", "postgres"])
def test_it_starts_a_killed_part_again(program, part):
    program.up()
    old = program.children()
    os.kill(old[part], signal.SIGKILL)
    wait_until(lambda: program.children().get(part, old[part]) != old[part], f"{part} starts again")
    program.wait_ready()
    now = program.children()
    assert set(now) == set(old)
    assert {name for name in old if now[name] != old[name]} == {part}, "nothing else had to start again"
    assert program.down() == 0


def test_it_takes_callers_while_the_web_starts_again(program):
    program.up()
    os.kill(program.children()["web"], signal.SIGKILL)
    status, _ = program.get("/healthz")
    assert status == 200, "the socket is the supervisor's: the caller waits, and is answered"


def test_it_goes_whole_when_the_supervisor_is_killed_and_starts_clean(program):
    program.up()
    url = running_url(program.state)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")
    program.process.kill()
    program.process.wait()
    wait_until(lambda: not program.leftovers(), "everything goes with the supervisor", 15)
    program.up()
    with psycopg.connect(running_url(program.state)) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone()[0] >= 1


def test_it_starts_at_once_after_a_kill_while_the_old_ones_are_still_ending(program):
    program.up()
    program.process.kill()
    program.process.wait()
    program.up()
    assert program.down() == 0


def test_a_second_start_says_who_holds_the_state_and_stops(program):
    program.up()
    second = program.run("up")
    assert second.returncode == 1
    assert f"process {program.process.pid}" in second.stderr
    assert "opora up" in second.stderr
    assert program.get("/healthz")[0] == 200


def test_it_names_the_taken_port(program):
    import socket

    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", program.port))
        taken.listen()
        done = program.run("up")
    assert done.returncode == 1
    assert f"127.0.0.1:{program.port} cannot be listened on" in done.stderr
    assert "OPORA_LISTEN" in done.stderr


def test_it_stops_when_a_part_cannot_work_and_says_so(program):
    done = program.run("up", OPORA_LOG_FORMAT="carrier pigeon")
    assert done.returncode in (1, 78)
    assert "OPORA_LOG_FORMAT must be one of text, json" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_parts_run_alone_beside_the_running_database(program):
    program.up()
    worker = program.start("worker")
    try:
        wait_until(lambda: has_pulse(program, worker.pid), "the second worker says that it lives", 60)
        assert int(program.doctor()["worker"]["words"].split()[0]) >= 2
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(10) == 0


def test_a_part_of_the_tree_waits_for_a_database_that_is_away(program):
    worker = program.start("worker", "--parent", str(os.getpid()))
    try:
        wait_until(lambda: "waiting for the database" in program.said(), "it says what it waits for", 60)
        program.up()
        wait_until(lambda: has_pulse(program, worker.pid), "it is at work", 60)
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(10) == 0


def has_pulse(program, pid: int) -> bool:
    with psycopg.connect(running_url(program.state)) as connection:
        row = connection.execute("SELECT count(*) FROM kernel_pulse WHERE name LIKE %s", [f"%:{pid}"]).fetchone()
    return bool(row[0])


@pytest.mark.parametrize("part", ["web", "worker", "mail"])
def test_a_part_alone_says_when_there_is_no_database(program, part):
    done = program.run(part)
    assert done.returncode == 1
    assert "No database is there" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_parts_go_when_a_second_interrupt_comes(program):
    program.up()
    parts = program.children()
    program.process.send_signal(signal.SIGINT)
    program.process.send_signal(signal.SIGINT)
    assert program.process.wait(10) == 0
    assert not any(is_alive(pid) for pid in parts.values())


def test_it_looks_at_the_database_again_when_its_server_was_killed_meanwhile(tmp_path, monkeypatch):
    tree = Tree(lambda who, what: None)
    part = Database("postgres", 2, 3.0, server=server_in(tmp_path / "state"))
    looks = []

    def look():
        looks.append(part.process.pid)
        if len(looks) == 1:
            os.kill(part.process.pid, signal.SIGKILL)
            part.process.wait()
        with database.connect(part.server.url):
            return []

    monkeypatch.setattr(supervisor_up.database, "examine", look)
    monkeypatch.setattr(supervisor_up, "_bring_schema_up", lambda tree, say: None)
    try:
        tree.begin(part)
        tree.until_ready(part)
        part.server.make_database()
        supervisor_up._make_fit(tree, part, lambda who, what: None)
    finally:
        tree.stop()
    assert len(looks) == 2
    assert looks[0] != looks[1]


@pytest.mark.parametrize(
    ("listen", "group", "parts"),
    [
        ("", "", []),
        ("127.0.0.1:2222", "", ["gateway", "ledger", "signer"]),
        ("127.0.0.1:2222", "opora-ask", []),
    ],
)
def test_the_way_to_hosts_is_its_own_only_where_all_are_one_user(monkeypatch, listen, group, parts):
    monkeypatch.setattr(supervisor_up, "OPORA_GATEWAY_LISTEN", listen)
    monkeypatch.setattr(supervisor_up, "OPORA_GATEWAY_GROUP", group)
    monkeypatch.setenv("OPORA_STATE", os.environ.get("OPORA_STATE", ""))
    assert [part.name for part in supervisor_up._way_to_hosts()] == parts
