"""Makes the checkout's environment: a virtual environment with the hash-locked packages, by uv where it can be had.

Run by `bin/_python` with the Python it found (3.12 or newer), before any package is installed: standard library only.
It never touches the system's own Python and never installs a file whose hash is not in `requirements/`.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEVELS = ("runtime", "dev")
PATIENCE = 3.0
SYSTEM_CERTIFICATES = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}
"""Behind a company's own certificates uv must believe what the system believes, by its newer and its older name."""


class CannotPrepare(Exception):
    """What stops us, in one line that says what to install."""


def main(level: str, environment: Path, wanted: str) -> None:
    """Leaves `environment` with the locked packages of `level`; `wanted` is the stamp's line that says so."""
    cache = private_folder(Path(os.environ["OPORA_CACHE"]))
    environment.parent.mkdir(parents=True, exist_ok=True)
    with alone(environment.with_name(environment.name + ".lock")):
        stamp = environment / f"opora-{level}"
        if stamp.is_file() and stamp.read_text() == wanted + "\n" and answers(environment):
            return
        if not usable(environment):
            make(environment)
        install(level, environment, cache)
        stamp.write_text(wanted + "\n")
    say("the environment is ready.")


@contextlib.contextmanager
def alone(lock: Path) -> Iterator[None]:
    """One start at a time prepares the environment; the others wait and find it made."""
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("another start is preparing the environment; waiting for it ...")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def private_folder(folder: Path) -> Path:
    """The folder, made for us alone; refused when it is somebody else's (a shared temporary folder, say)."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise CannotPrepare(f"{folder} belongs to another user; set XDG_CACHE_HOME to a folder of your own.")
    return folder


def usable(environment: Path) -> bool:
    """Whether the environment works and has exactly our own Python version."""
    return answers(environment) == "{}.{}.{}".format(*sys.version_info)


def answers(environment: Path) -> str:
    """The version of the environment's Python, or nothing when it does not start."""
    python = str(environment / "bin" / "python")
    question = "import sys; print('{}.{}.{}'.format(*sys.version_info))"
    try:
        return subprocess.run([python, "-c", question], capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def make(environment: Path) -> None:
    """Builds an empty environment in place of what is there."""
    say("making the environment with Python {}.{}.{} in {}".format(*sys.version_info[:3], environment))
    if environment.is_symlink():
        environment.unlink()
    venv.EnvBuilder(clear=True, symlinks=True, with_pip=False).create(environment)


def install(level: str, environment: Path, cache: Path) -> None:
    """Installs the locked packages: by uv from its cache, by uv from the index, or by pip where uv cannot be had."""
    lock = ROOT / "requirements" / f"{level}.txt"
    uv = find_uv(cache) or bootstrap_uv(cache)
    say(f"installing the packages of requirements/{lock.name} ...")
    if uv:
        order: list[str | Path] = [uv, "pip", "install", "--require-hashes", "-r", lock]
        order += ["--python", environment / "bin" / "python"]
        if run([*order, "--offline"], uv_settings(cache), quiet=True) == 0:
            return
        if run(order, uv_settings(cache), quiet=True) == 0 or run(order, uv_settings(cache) | SYSTEM_CERTIFICATES) == 0:
            return
        say("uv could not install them; trying pip.")
    python = environment / "bin" / "python"
    if run([python, "-m", "ensurepip", "--upgrade"], quiet=True) != 0:
        raise CannotPrepare("neither uv nor pip can be had here: install uv, or your system's python3-venv package.")
    if run([python, "-m", "pip", "install", "--require-hashes", "--progress-bar", "off", "-r", lock]) != 0:
        raise CannotPrepare("the packages could not be installed: is the package index within reach?")


def find_uv(cache: Path) -> Path | None:
    """The uv we fetched earlier, or one on PATH that really answers."""
    on_path = shutil.which("uv")
    for uv in [uv_folder(cache) / "bin" / "uv", *([Path(on_path)] if on_path else [])]:
        if uv.is_file() and run([uv, "--version"], quiet=True) == 0:
            return uv
    return None


def bootstrap_uv(cache: Path) -> Path | None:
    """Fetches the pinned uv with whatever pip there is into the user's cache; nothing when there is no way."""
    lock = ROOT / "requirements" / "installer.txt"
    order: list[str | Path] = ["install", "--require-hashes", "--no-deps", "--only-binary", ":all:"]
    order += ["--retries", "1", "-q", "-r", lock]
    say("fetching uv, the installer ...")
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        for pip in pips(Path(scratch)):
            target = Path(scratch) / "uv"
            if run([*pip, *order, "--target", target], quiet=True) == 0 and (target / "bin" / "uv").is_file():
                shutil.rmtree(uv_folder(cache), ignore_errors=True)
                target.rename(uv_folder(cache))
                return uv_folder(cache) / "bin" / "uv"
    say("uv could not be fetched.")
    return None


def uv_folder(cache: Path) -> Path:
    """Where our own uv of the pinned version lives."""
    pinned = (ROOT / "requirements" / "installer.txt").read_text().split(maxsplit=1)[0]
    return cache / pinned.replace("==", "-")


def pips(scratch: Path) -> Iterator[list[str | Path]]:
    """The ways to call pip, likeliest first; the last makes an environment just for its pip."""
    yield [sys.executable, "-m", "pip"]
    yield ["python3", "-m", "pip"]
    with contextlib.suppress(subprocess.CalledProcessError):
        venv.EnvBuilder(symlinks=True, with_pip=True).create(scratch / "pip")
        yield [scratch / "pip" / "bin" / "python", "-m", "pip"]


def uv_settings(cache: Path) -> dict[str, str]:
    """uv keeps its own cache where it usually does, and ours where the home folder cannot be written."""
    settings = {"UV_PYTHON_DOWNLOADS": "never"}
    home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("HOME", "")
    if not os.access(home or "/nonexistent", os.W_OK) and "UV_CACHE_DIR" not in os.environ:
        settings["UV_CACHE_DIR"] = str(cache / "uv-cache")
    return settings


def run(command: Sequence[str | Path], settings: dict[str, str] | None = None, *, quiet: bool = False) -> int:
    """Runs the command and returns its exit status, saying every few seconds that it still works.

    Its output is shown as it comes on a terminal; elsewhere only when the command failed, and never when `quiet`.
    """
    shown = not quiet and sys.stderr.isatty()
    with tempfile.TemporaryFile() as output, heartbeat(Path(command[0]).name, silent=shown):
        try:
            done = subprocess.run(
                [str(part) for part in command],
                env=os.environ | (settings or {}),
                stdin=subprocess.DEVNULL,
                stdout=None if shown else output,
                stderr=None if shown else subprocess.STDOUT,
                check=False,
            ).returncode
        except OSError:
            return 127
        if done != 0 and not quiet and not shown:
            output.seek(0)
            sys.stderr.write("\n".join(output.read().decode(errors="replace").splitlines()[-20:]) + "\n")
    return done


@contextlib.contextmanager
def heartbeat(name: str, *, silent: bool) -> Iterator[None]:
    """Says every few seconds that `name` is still at work."""
    finished = threading.Event()
    start = time.monotonic()

    def beat() -> None:
        while not finished.wait(PATIENCE):
            say(f"... {name} is at work, {time.monotonic() - start:.0f} s")

    thread = threading.Thread(target=beat, daemon=True)
    if not silent:
        thread.start()
    try:
        yield
    finally:
        finished.set()


def say(words: str) -> None:
    """One line to the person who started us."""
    print(f"opora: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
    except (CannotPrepare, OSError) as reason:
        say(str(reason))
        sys.exit(1)
    except KeyboardInterrupt:
        say("stopped; the next start goes on from here.")
        sys.exit(130)
