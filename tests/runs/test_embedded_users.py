"""The embedded server under each user: as root, as an ordinary one, and as one that may not enter."""

import os
import stat
from pathlib import Path

import pytest

from opora.config.embedded import EmbeddedTrouble, owned, server_in
from opora.config.embedded import places as places_module
from opora.config.embedded.places import places_for
from opora.config.embedded.privileges import choose_way
from tests.runs.owners import count_rows, write_rows

AS_ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not AS_ROOT, reason="needs root, to step down from it")


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


@only_root
def test_it_runs_as_root_in_a_user_namespace(state):
    with owned(state, "root") as server:
        assert server.way.name == "in a user namespace"
        assert server.places.data.stat().st_uid == 0


@only_root
def test_it_runs_as_an_unprivileged_user_where_namespaces_are_forbidden(passable):
    state = passable / "state"
    state.mkdir(mode=0o711)
    server = server_in(state, namespaces=False)
    server.prepare()
    server.start()
    try:
        server.wait_ready()
        server.make_database()
        write_rows(server.url, 10)
        uid = Path(f"/proc/{server.process.pid}").stat().st_uid
        assert uid == server.way.uid != 0
        assert server.places.data.stat().st_uid == uid
    finally:
        server.stop()
    with owned(state, "with namespaces again") as server:
        assert count_rows(server.url) == 10


@only_root
def test_it_keeps_its_files_elsewhere_when_the_other_user_cannot_enter(passable, monkeypatch):
    shut = passable / "shut"
    shut.mkdir(mode=0o700)
    monkeypatch.setattr(places_module, "_ELSEWHERE", passable / "elsewhere")
    way = choose_way(namespaces=False)
    first = places_for(shut / "state", way)
    assert first.home.parent == passable / "elsewhere"
    assert places_for(shut / "state", choose_way()).home == first.home, "the data would seem lost"
    assert stat.S_IMODE(shut.stat().st_mode) == 0o700


@only_root
def test_it_does_not_hide_data_it_may_no_longer_enter(tmp_path):
    state = tmp_path / "shut" / "state"
    (tmp_path / "shut").mkdir(mode=0o700)
    (state / "pg").mkdir(parents=True)
    (state / "pg" / "PG_VERSION").write_text("18\n")
    with pytest.raises(EmbeddedTrouble, match="made by root"):
        places_for(state, choose_way(namespaces=False))


def test_it_runs_directly_for_an_ordinary_user(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    way = choose_way()
    assert way.name == "directly"
    assert way.command("postgres") == ["setpriv", "--pdeathsig", "INT", "postgres"]
