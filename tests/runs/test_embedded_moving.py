"""One running server for several commands; the whole database out of it and in."""

import pytest

from opora.config.embedded import EmbeddedTrouble, borrowed, owned, running_url
from opora.config.embedded.engine import find_engine
from opora.config.embedded.moving import _without_password, export_to, import_from, tables_in
from opora.config.embedded.server import processes_in
from tests.runs.owners import count_rows, start_owner, write_rows
from tests.runs.waiting import is_alive


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


def test_it_lends_the_running_server_to_a_command(state):
    with owned(state, "opora up") as server, borrowed(state, "opora doctor") as url:
        assert url == server.url
        write_rows(url, 1)


def test_it_starts_a_server_for_a_command_and_stops_it_after(state):
    with borrowed(state, "opora migrate") as url:
        write_rows(url, 5)
    assert running_url(state) is None
    assert processes_in(state / "pg") == []


def test_two_commands_at_once_share_one_server(state):
    owner, postgres = start_owner(state)
    with borrowed(state, "opora db export") as url:
        owner.stdin.close()
        write_rows(url, 7)
        assert count_rows(url) == 7
        assert is_alive(postgres), "the owner must wait for the other user"
    assert owner.wait(30) == 0
    assert not is_alive(postgres)


def test_it_moves_the_whole_database_out_and_in(state, tmp_path):
    file = tmp_path / "opora.dump"
    with owned(state, "out") as server:
        write_rows(server.url, 300)
        assert export_to(file, url=server.url, engine=server.engine) == file.stat().st_size
    with owned(tmp_path / "other", "in") as server:
        import_from(file, url=server.url, engine=server.engine)
        assert count_rows(server.url) == 300
        with pytest.raises(EmbeddedTrouble, match="not empty"):
            import_from(file, url=server.url, engine=server.engine)


def test_it_leaves_an_older_export_whole_when_the_new_one_fails(state, tmp_path):
    file = tmp_path / "opora.dump"
    file.write_bytes(b"yesterday's")
    engine = find_engine(tmp_path / "store")
    with pytest.raises(EmbeddedTrouble, match="pg_dump failed"):
        export_to(file, url="postgresql:///none?host=/nowhere", engine=engine)
    assert file.read_bytes() == b"yesterday's"
    assert [p.name for p in tmp_path.iterdir() if p.name.endswith(".part")] == []


def test_it_imports_all_or_nothing(state, tmp_path):
    file = tmp_path / "broken.dump"
    file.write_bytes(b"PGDMP and then nonsense")
    with owned(state, "in") as server:
        with pytest.raises(EmbeddedTrouble, match="pg_restore failed"):
            import_from(file, url=server.url, engine=server.engine)
        assert tables_in(server.url) == 0


def test_it_keeps_the_password_off_the_command_line():
    url = "postgresql://clara:s%40cret@db.example,db2.example:6432/opora?sslmode=require"
    assert _without_password(url) == ("postgresql://clara@db.example,db2.example:6432/opora?sslmode=require", "s@cret")
    assert _without_password("postgresql://opora@/opora?host=/run/x") == ("postgresql://opora@/opora?host=/run/x", "")
