"""With DATABASE_URL: no embedded server, plain words about what is unfit, no migration without being asked."""

import socket
import threading
from collections.abc import Iterator

import psycopg
import pytest

from opora.config.embedded import Server, throwaway
from tests.runs.program import Program, free_port
from tests.runs.waiting import wait_until

pytestmark = pytest.mark.slow

PASSWORD = "s3cret-of-the-database"


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    """A server on TCP that asks for a password, as one that somebody else runs."""
    rules = tmp_path_factory.mktemp("hba") / "pg_hba.conf"
    rules.write_text("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
    rules.chmod(0o644)
    port = str(free_port())
    settings = {"listen_addresses": "127.0.0.1", "port": port, "hba_file": str(rules)}
    with throwaway(settings=settings) as found:
        administer(found, f"ALTER ROLE opora PASSWORD '{PASSWORD}'")
        yield found


def administer(server: Server, *statements: str, database: str = "opora") -> None:
    with psycopg.connect(server.url.replace("/opora?", f"/{database}?"), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def program_on(server: Server, folder, database: str, user: str = "opora") -> Program:
    url = f"postgresql://{user}:{PASSWORD}@127.0.0.1:{server.settings['port']}/{database}"
    return Program(folder / "state", {"DATABASE_URL": url})


@pytest.fixture(scope="module")
def migrated(server, tmp_path_factory) -> Program:
    administer(server, "CREATE DATABASE house")
    program = program_on(server, tmp_path_factory.mktemp("external"), "house")
    refused = program.run("up")
    assert refused.returncode == 1
    assert "Run `opora migrate`" in refused.stderr
    done = program.run("migrate")
    assert done.returncode == 0, done.stderr
    return program


@pytest.fixture
def program(migrated) -> Iterator[Program]:
    yield migrated
    migrated.end()
    migrated.process = None


def in_house(server: Server, statement: str) -> None:
    administer(server, statement, database="house")


def test_it_runs_on_the_given_database_and_starts_none_of_its_own(program):
    program.up()
    assert "postgres" not in program.children()
    assert not (program.state / "pg").exists()
    assert PASSWORD not in program.said()
    assert program.down() == 0


def test_nothing_shows_the_password(program):
    done = program.run("doctor")
    assert PASSWORD not in done.stdout + done.stderr
    done = program.run("doctor", DATABASE_URL=program.settings["DATABASE_URL"].replace(PASSWORD, "wr0ng-one"))
    assert "does not answer" in done.stdout
    assert "wr0ng-one" not in done.stdout + done.stderr


def test_a_part_goes_on_after_the_database_was_away(program, server):
    program.up()
    in_house(
        server,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'house'",
    )
    program.wait_ready()
    old = program.children()
    wait_until(lambda: program.doctor()["worker"]["verdict"] == "good", "the worker's heart beats")
    assert program.children() == old, "no process had to start again"


@pytest.mark.parametrize("command", ["up", "web", "worker", "migrate"])
def test_an_older_program_refuses_a_newer_schema(program, server, command):
    in_house(server, "INSERT INTO django_migrations (app, name, applied) VALUES ('tickets', '9999_future', now())")
    in_house(
        server,
        """UPDATE kernel_mark SET value = jsonb_set(value, '{was}', value->'hash') || '{"hash": "newer"}'
           WHERE name = 'migrations'""",
    )
    try:
        done = program.run(command)
        assert done.returncode == 1
        assert "newer than this program: it has tickets.9999_future" in done.stderr
        assert "Traceback" not in done.stderr
    finally:
        in_house(server, "DELETE FROM django_migrations WHERE name = '9999_future'")
        in_house(
            server, "UPDATE kernel_mark SET value = jsonb_build_object('hash', value->'was') WHERE name = 'migrations'"
        )


def test_another_hash_of_the_same_migrations_is_no_hindrance(program, server):
    in_house(
        server, "UPDATE kernel_mark SET value = value || '{\"hash\": \"of another build\"}' WHERE name = 'migrations'"
    )
    assert program.run("migrate", "--check").returncode == 0
    assert program.run("migrate").returncode == 0


def test_it_says_that_nobody_answers(tmp_path):
    program = Program(
        tmp_path / "state", {"DATABASE_URL": f"postgresql://opora:{PASSWORD}@127.0.0.1:{free_port()}/opora"}
    )
    done = program.run("up")
    assert done.returncode == 1
    assert "does not answer" in done.stderr
    assert PASSWORD not in done.stderr


def test_it_refuses_another_kind_of_database(tmp_path):
    done = Program(tmp_path / "state", {"DATABASE_URL": "mysql://root@localhost/opora"}).run("migrate")
    assert done.returncode in (1, 78)
    assert "DATABASE_URL must begin with postgresql://" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_refuses_another_encoding(server, tmp_path):
    administer(server, "CREATE DATABASE ascii ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    done = program_on(server, tmp_path, "ascii").run("migrate")
    assert done.returncode == 1
    assert "encoded in SQL_ASCII" in done.stderr


def test_it_gives_the_owner_the_lines_to_run_when_our_role_may_not(server, tmp_path):
    administer(server, f"CREATE ROLE weak LOGIN PASSWORD '{PASSWORD}'", "CREATE DATABASE strict")
    done = program_on(server, tmp_path, "strict", "weak").run("migrate")
    assert done.returncode == 1
    assert "CREATE EXTENSION pg_trgm; CREATE EXTENSION unaccent; CREATE EXTENSION btree_gin;" in done.stderr
    assert "GRANT CREATE ON SCHEMA" in done.stderr


def close_first(listening: socket.socket) -> None:
    listening.accept()[0].close()


def test_a_cut_connection_during_the_check_is_told_in_a_line(tmp_path):
    """A port where something answers that is not PostgreSQL."""
    with socket.create_server(("127.0.0.1", 0)) as strange:
        port = strange.getsockname()[1]
        threading.Thread(target=close_first, args=[strange], daemon=True).start()
        program = Program(tmp_path / "state", {"DATABASE_URL": f"postgresql://opora@127.0.0.1:{port}/opora"})
        done = program.run("migrate")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
