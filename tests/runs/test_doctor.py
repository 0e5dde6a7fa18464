"""`opora doctor` and the small commands: they explain, in lines or JSON, and exit as they found."""

import json

import pytest

from tests.runs.program import Program, free_port

pytestmark = pytest.mark.slow


def test_it_finds_a_running_installation_well(program):
    program.up()
    done = program.run("doctor")
    assert done.returncode == 0, done.stdout
    found = program.doctor()
    for about in ("versions", "state", "disk", "database", "clock", "schema", "web", "worker", "mail", "mail in"):
        assert found[about]["verdict"] == "good", found[about]
    assert str(program.process.pid) in found["state"]["words"]


def test_it_says_what_to_do_before_the_first_start(tmp_path):
    program = Program(tmp_path / "nothing")
    found = program.doctor()
    assert found["database"]["verdict"] == "note"
    assert "opora up" in found["database"]["advice"]


def test_it_names_a_mail_server_that_does_not_answer(tmp_path):
    program = Program(tmp_path / "state", {"OPORA_SMTP_URL": f"smtp://desk:s3cret@127.0.0.1:{free_port()}"})
    done = program.run("doctor")
    assert done.returncode == 1
    assert "mail out" in done.stdout
    assert "Letters wait in the outbox" in done.stdout
    assert "s3cret" not in done.stdout


def test_it_names_a_database_that_does_not_answer(tmp_path):
    program = Program(tmp_path / "state", {"DATABASE_URL": f"postgresql://opora@127.0.0.1:{free_port()}/opora"})
    assert program.run("doctor").returncode == 1
    assert program.doctor()["database"]["verdict"] == "bad"


def test_version_is_that_of_the_change_log(tmp_path):
    done = Program(tmp_path / "state").run("version", "--json")
    found = json.loads(done.stdout)
    assert found["opora"] in (Program(tmp_path).run("--version").stdout)
    assert {"opora", "python", "django", "psycopg", "uvicorn", "postgresql"} <= set(found)


def test_help_needs_nothing_and_wrong_words_are_told(tmp_path):
    program = Program(tmp_path / "state")
    assert "up" in program.run("--help").stdout
    assert program.run("help").stdout == program.run("--help").stdout
    assert program.run("dance").returncode == 2
    assert program.run().returncode == 2
    assert not (tmp_path / "state").exists()


def test_it_takes_the_database_out_and_in(program, tmp_path):
    file = tmp_path / "opora.dump"
    done = program.run("db", "export", str(file), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["bytes"] == file.stat().st_size
    other = Program(tmp_path / "other")
    done = other.run("db", "import", str(file))
    assert done.returncode == 0, done.stderr
    assert other.run("migrate", "--check").returncode == 0
    assert "not empty" in other.run("db", "import", str(file)).stderr
    assert other.leftovers() == []


def test_manage_passes_everything_through(program):
    done = program.run("manage", "showmigrations", "kernel", "--plan")
    assert done.returncode == 0, done.stderr
    assert "kernel.0002_running" in done.stdout


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPORA_LISTEN", "nowhere"),
        ("OPORA_METRICS_FROM", "the moon"),
        ("OPORA_LOG_LEVEL", "LOUD"),
        ("OPORA_DEBUG", "maybe"),
        ("OPORA_LANGUAGE", "fr"),
        ("OPORA_GATEWAY_LISTEN", "8422"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(tmp_path, name, value):
    done = Program(tmp_path / "state", {name: value}).run("migrate")
    assert done.returncode != 0
    assert name in done.stderr
    assert len(done.stderr.splitlines()) == 1
