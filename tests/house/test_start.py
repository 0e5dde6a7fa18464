"""The launcher in `bin/`: finds a Python, makes the environment once, and says clearly what is missing.

Every test runs a copy of the launcher in a folder with spaces, with a stand-in for uv that writes down its calls.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
BASE_PYTHON = Path(os.path.realpath(getattr(sys, "_base_executable", sys.executable)))
NEEDED = ["sh", "readlink", "dirname", "cksum", "awk", "sort", "head", "tr", "id", "env", "cat", "sleep", "mkdir", "rm"]
SETPRIV = shutil.which("setpriv") or ""
LOCAL = [
    path for path in Path("/usr/local/bin").glob("python3*") if path.name in {"python3", "python3.12", "python3.13"}
]
ANSWER = 'import sys\nprint("opora here", sys.argv[1:], sys.prefix)\n'


@dataclass
class Machine:
    """A machine with nothing on it but what a test puts there."""

    root: Path
    settings: dict[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()

    @property
    def checkout(self) -> Path:
        return self.root / "my checkout"

    @property
    def installs(self) -> list[str]:
        log = self.root / "uv.log"
        return log.read_text().splitlines() if log.exists() else []

    def program(self, place: str, text: str) -> Path:
        path = self.root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n" + text + "\n")
        path.chmod(0o755)
        return path

    def start(self, *arguments: str, script: str = "bin/opora") -> subprocess.CompletedProcess[str]:
        with self.starting(*arguments, script=script) as running:
            said, complained = running.communicate(timeout=120)
        return subprocess.CompletedProcess(arguments, running.returncode, said, complained)

    def starting(self, *arguments: str, script: str = "bin/opora") -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.before, str(self.checkout / script), *arguments],
            cwd="/",
            env=self.settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def machine(passable: Path) -> Machine:
    """A fresh checkout in a folder with spaces; PATH holds the system's small tools and nothing that is a Python."""
    bare = Machine(passable / "a machine")
    for part in ("bin", "house"):
        shutil.copytree(CHECKOUT / part, bare.checkout / part, ignore=shutil.ignore_patterns("__pycache__"))
    (bare.checkout / "opora/config").mkdir(parents=True)
    (bare.checkout / "opora/config/cli.py").write_text(ANSWER)
    (bare.checkout / "requirements").mkdir()
    for name in ("runtime.txt", "dev.txt"):
        (bare.checkout / "requirements" / name).write_text("# nothing\n")
    (bare.checkout / "requirements/installer.txt").write_text("uv==0.0.0\n")
    tools = bare.root / "tools"
    tools.mkdir()
    for name in NEEDED:
        tool = shutil.which(name, path="/usr/bin:/bin")
        assert tool, f"this machine has no {name}"
        (tools / name).symlink_to(tool)
    (bare.root / "home").mkdir()
    bare.settings |= {
        "PATH": f"{bare.root / 'path'}:{tools}",
        "HOME": str(bare.root / "home"),
        "XDG_CACHE_HOME": str(bare.root / "home/.cache"),
        "PYENV_ROOT": str(bare.root / "pyenv"),
        "UV_PYTHON_DOWNLOADS": "never",
    }
    if "LD_LIBRARY_PATH" in os.environ:  # some builds of Python find their own library by it
        bare.settings["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    return bare


@pytest.fixture
def furnished(machine: Machine) -> Machine:
    """The same with a working Python under pyenv and a uv that notes each installation."""
    python = machine.root / "pyenv/versions/3.13.0/bin/python3"
    python.parent.mkdir(parents=True)
    python.symlink_to(BASE_PYTHON)
    log = machine.root / "uv.log"
    machine.program("path/uv", f'[ "$1" = --version ] || echo "$@" >>"{log}"; sleep 0.2')
    return machine


def no_python_in_usr_local() -> None:
    if LOCAL:
        pytest.skip(f"{LOCAL[0]} is looked at on every machine, so this one is never without a Python")


def test_it_starts_from_any_folder_and_hands_every_word_on(furnished: Machine) -> None:
    done = furnished.start("up", "two words", "--port=0")
    assert done.stdout.startswith("opora here ['up', 'two words', '--port=0']"), done.stderr
    assert str(furnished.checkout / ".venv") in done.stdout


def test_it_passes_by_shims_that_answer_for_nobody(furnished: Machine) -> None:
    for name in ("python3", "python3.12", "python3.13", "python3.14"):
        furnished.program(f"path/{name}", "echo 'pyenv: command not found' >&2; exit 127")
    done = furnished.start()
    assert done.stdout.startswith("opora here"), done.stderr
    assert "command not found" not in done.stderr


def test_it_says_in_one_line_what_to_install_when_python_is_too_old(machine: Machine) -> None:
    no_python_in_usr_local()
    machine.program("path/python3", 'if [ "$1" = -V ]; then echo Python 3.11.2; else exit 0; fi')
    done = machine.start()
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "Python 3.12 or newer is needed" in done.stderr
    assert "python3 is Python 3.11.2" in done.stderr
    assert not (machine.checkout / ".venv").exists()


def test_it_names_the_python_it_was_told_to_use_and_could_not(furnished: Machine) -> None:
    furnished.settings["OPORA_PYTHON"] = str(furnished.program("old/python", "exit 0"))
    done = furnished.start()
    assert done.returncode == 1
    assert "OPORA_PYTHON is" in done.stderr
    assert furnished.installs == []


def test_it_uses_the_python_it_is_told_to(furnished: Machine) -> None:
    shutil.rmtree(furnished.root / "pyenv")
    furnished.settings["OPORA_PYTHON"] = str(BASE_PYTHON)
    assert furnished.start().stdout.startswith("opora here")


def test_it_installs_once_and_is_silent_the_second_time(furnished: Machine) -> None:
    first = furnished.start()
    assert "making the environment" in first.stderr
    assert len(furnished.installs) == 1
    assert "--require-hashes" in furnished.installs[0]
    second = furnished.start("again")
    assert second.stderr == ""
    assert second.stdout.startswith("opora here ['again']")
    assert len(furnished.installs) == 1


def test_it_installs_again_when_the_locked_packages_changed(furnished: Machine) -> None:
    furnished.start()
    (furnished.checkout / "requirements/runtime.txt").write_text("# something else\n")
    furnished.start()
    assert len(furnished.installs) == 2


def test_it_builds_anew_when_the_python_beneath_was_removed(furnished: Machine) -> None:
    furnished.start()
    python = furnished.checkout / ".venv/bin/python"
    python.unlink()
    python.symlink_to(furnished.root / "gone")
    done = furnished.start()
    assert "making the environment" in done.stderr
    assert done.stdout.startswith("opora here")


def test_it_builds_anew_in_a_copy_of_the_checkout(furnished: Machine) -> None:
    furnished.start()
    shutil.copytree(furnished.checkout, furnished.root / "elsewhere", symlinks=True)
    done = furnished.start(script="../elsewhere/bin/opora")
    assert str(furnished.root / "elsewhere/.venv") in done.stdout, done.stderr


def test_it_asks_the_index_only_for_what_the_cache_lacks(furnished: Machine) -> None:
    log = furnished.root / "uv.log"
    furnished.program("path/uv", f'[ "$1" = --version ] && exit; echo "$@" >>"{log}"; [ "${{*%--offline}}" = "$*" ]')
    assert furnished.start().stdout.startswith("opora here")
    assert [call.endswith("--offline") for call in furnished.installs] == [True, False]


def test_it_believes_the_systems_certificates_where_uvs_own_do_not_do(furnished: Machine) -> None:
    log = furnished.root / "uv.log"
    furnished.program(
        "path/uv", f'[ "$1" = --version ] && exit; echo "${{UV_SYSTEM_CERTS:-own}}" >>"{log}"; [ "$UV_SYSTEM_CERTS" ]'
    )
    done = furnished.start()
    assert done.stdout.startswith("opora here"), done.stderr
    assert furnished.installs == ["own", "own", "1"]
    assert "trying pip" not in done.stderr


def test_it_falls_back_to_pip_when_uv_cannot_install(furnished: Machine) -> None:
    furnished.program("path/uv", '[ "$1" = --version ] || { echo "no way" >&2; exit 2; }')
    done = furnished.start()
    assert "trying pip" in done.stderr
    assert "no way" in done.stderr
    assert done.stdout.startswith("opora here"), done.stderr


def test_it_prepares_once_for_two_starts_at_the_same_time(furnished: Machine) -> None:
    with furnished.starting("one") as one, furnished.starting("two") as two:
        both = [running.communicate(timeout=120) for running in (one, two)]
    assert [said[:19] for said, _ in both] == ["opora here ['one'] ", "opora here ['two'] "], [why for _, why in both]
    assert len(furnished.installs) == 1


def test_it_writes_nothing_into_an_environment_that_another_start_is_making(furnished: Machine) -> None:
    with (furnished.checkout / ".venv.lock").open("w") as another:
        fcntl.flock(another, fcntl.LOCK_EX)
        with furnished.starting("one") as one:
            assert one.stderr is not None and one.stdout is not None
            assert "waiting for it" in one.stderr.readline()
            assert not (furnished.checkout / ".venv").exists()
            fcntl.flock(another, fcntl.LOCK_UN)
            assert one.stdout.read().startswith("opora here ['one'] ")


def test_it_serves_an_ordinary_user_in_a_checkout_that_is_not_theirs(furnished: Machine) -> None:
    if os.getuid() != 0 or not SETPRIV:
        pytest.skip("only root can become another user here")
    open_to_all(furnished)
    furnished.before = (SETPRIV, "--reuid=65534", "--regid=65534", "--clear-groups")
    done = furnished.start()
    assert done.stdout.startswith("opora here"), done.stderr
    assert str(furnished.root / "home/.cache/opora/checkouts") in done.stdout
    assert not (furnished.checkout / ".venv").exists()
    assert furnished.start().stderr == ""


def test_what_the_owner_prepared_serves_everybody_even_when_nothing_can_be_written(furnished: Machine) -> None:
    if os.getuid() != 0 or not SETPRIV:
        pytest.skip("only root can become another user here")
    open_to_all(furnished)
    furnished.start()
    furnished.before = (SETPRIV, "--reuid=65534", "--regid=65534", "--clear-groups")
    furnished.settings |= {"HOME": "/nonexistent", "XDG_CACHE_HOME": ""}
    done = furnished.start("again")
    assert str(furnished.checkout / ".venv") in done.stdout, done.stderr
    assert done.stderr == ""
    assert len(furnished.installs) == 1


def test_it_keeps_compiled_code_beside_the_packages_and_not_in_the_checkout(furnished: Machine) -> None:
    furnished.settings["PYTHONDONTWRITEBYTECODE"] = "1"
    (furnished.checkout / "opora/config/cli.py").write_text("import opora.config.more\n" + ANSWER)
    (furnished.checkout / "opora/config/more.py").write_text("")
    assert furnished.start().stdout.startswith("opora here")
    assert list((furnished.checkout / ".venv/bytecode").rglob("more.*.pyc"))
    assert not list(furnished.checkout.glob("[!.]*/**/*.pyc"))


def open_to_all(machine: Machine) -> None:
    """Lets another user read the machine and write its home, and gives it a Python under no closed folder."""
    os.chown(machine.root / "home", 65534, 65534)
    (machine.root / "uv.log").touch(0o666)
    (machine.root / "uv.log").chmod(0o666)
    home = BASE_PYTHON.parents[1]
    heavy = shutil.ignore_patterns(
        "test", "site-packages", "__pycache__", "config-*", "*.a", "idlelib", "share", "include"
    )
    shutil.rmtree(machine.root / "pyenv")
    if str(home) == "/usr":
        machine.settings["OPORA_PYTHON"] = str(BASE_PYTHON)
    else:
        shutil.copytree(home, machine.root / "pyenv/versions/3.13.0", symlinks=True, ignore=heavy)
        machine.settings["LD_LIBRARY_PATH"] = str(machine.root / "pyenv/versions/3.13.0/lib")
