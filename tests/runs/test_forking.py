"""The supervisor loads the program once and forks it: what it loads is safe to fork, and a child has nothing of its parent's."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from opora.config.children import show_as
from tests.runs.program import CHECKOUT, clean_environment

CHILD = """
import fcntl, json, os, signal, sys, threading, time
from opora.config.supervisor.forking import Forked
signal.signal(signal.SIGTERM, lambda *_: None)
signal.signal(signal.SIGCHLD, lambda *_: None)
wake, waker = os.pipe()
os.set_blocking(waker, False)
signal.set_wakeup_fd(waker)
lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(lock, fcntl.LOCK_EX)
answer, theirs = os.pipe()

def child():
    found = {
        "files": sorted(int(n) for n in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{n}")),
        "term": signal.getsignal(signal.SIGTERM) is signal.SIG_DFL,
        "chld": signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL,
        "held": [int(n) for n in signal.pthread_sigmask(signal.SIG_BLOCK, [])],
        "leads_its_session": os.getsid(0) == os.getpid(),
        "words": open("/proc/self/cmdline", "rb").read().split(b"\\0")[:3],
        "name": open("/proc/self/comm").read().strip(),
        "input": sys.stdin.read() + os.read(0, 10).decode(),
    }
    found["words"] = [word.decode() for word in found["words"]]
    os.write(theirs, json.dumps(found).encode())
    os.close(theirs)
    BODY
forked = Forked("opora worker", child, kept=[theirs])
os.close(theirs)
found = json.loads(os.read(answer, 10_000) or "{}")
found["theirs"] = theirs
BEFORE_END
while forked.poll() is None:
    time.sleep(0.01)
found["code"] = forked.returncode
print(json.dumps(found))
"""


def run(script: str, *words: str) -> dict:
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning", "-c", script, *words],
        env=clean_environment(),
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def child(tmp_path, body: str, before_end: str = "") -> dict:
    script = CHILD.replace("BODY", body).replace("BEFORE_END", before_end)
    return run(script, str(tmp_path / "lock"))


def test_a_child_has_none_of_its_parents_files_signals_or_session(tmp_path):
    found = child(tmp_path, "return 0")
    assert set(found["files"]) <= {0, 1, 2, found["theirs"]}
    assert (found["term"], found["chld"], found["held"], found["leads_its_session"]) == (True, True, [], True)
    assert found["input"] == ""


def test_a_child_is_known_by_its_name(tmp_path):
    found = child(tmp_path, "return 0")
    assert found["words"][:2] == ["opora", "worker"]
    assert found["name"] == "opora worker"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("return 0", 0),
        ("return 78", 78),
        ("sys.exit(3)", 3),
        ("raise KeyError('a bug')", 1),
        ("os.kill(os.getpid(), signal.SIGKILL)", -9),
    ],
)
def test_how_a_child_ended_is_told(tmp_path, body, code):
    assert child(tmp_path, body)["code"] == code


def test_a_child_waits_for_its_threads_before_it_ends(tmp_path):
    body = "threading.Thread(target=lambda: (time.sleep(0.2), open(sys.argv[1] + '.done', 'w'))).start(); return 0"
    assert child(tmp_path, body)["code"] == 0
    assert (tmp_path / "lock.done").exists()


def test_the_parents_signals_reach_it_as_any_process(tmp_path):
    assert child(tmp_path, "signal.pause()", "forked.send_signal(signal.SIGTERM)")["code"] == -15
    assert child(tmp_path, "signal.pause()", "forked.kill()")["code"] == -9


def test_a_signal_during_the_fork_is_not_lost(tmp_path):
    """It comes while the child has still its parent's handlers: it must be there when the child has its own."""
    script = """
import json, os, signal, sys, time
from opora.config.supervisor.forking import Forked
signal.signal(signal.SIGTERM, lambda *_: None)
os.register_at_fork(after_in_child=lambda: os.kill(os.getpid(), signal.SIGTERM))
forked = Forked("opora web", lambda: time.sleep(60) or 0)
while forked.poll() is None:
    time.sleep(0.01)
print(json.dumps({"code": forked.returncode}))
"""
    assert run(script) == {"code": -15}


def test_what_is_loaded_before_the_fork_starts_no_thread_and_opens_no_connection(tmp_path):
    script = """
import json, os, sys, threading
before = set(os.listdir("/proc/self/fd"))
from opora.config import preload
preload.load()
from django.db import connections
print(json.dumps({
    "threads": len(os.listdir("/proc/self/task")),
    "files": len(set(os.listdir("/proc/self/fd")) - before),
    "connections": [alias for alias in connections if connections[alias].connection is not None],
    "loaded": [name for name in ("opora.config.asgi", "opora.config.timetable", "uvloop",
               "opora.desk.channels.email.listener", "opora.desk.web.console.views") if name in sys.modules],
}))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=clean_environment(OPORA_STATE=str(tmp_path / "state")),
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["threads"], found["files"], found["connections"]) == (1, 0, [])
    assert len(found["loaded"]) == 5


def test_a_name_longer_than_the_command_line_is_cut(tmp_path):
    script = """
import json
from opora.config.children import show_as
before = len(open("/proc/self/cmdline", "rb").read())
show_as("opora " + "w" * 20_000)
after = open("/proc/self/cmdline", "rb").read()
import os
print(json.dumps({"before": before, "after": len(after), "starts": after[:8].decode(), "path": os.environ["PATH"]}))
"""
    found = run(script)
    assert found["starts"] == "opora\0ww"
    assert found["after"] <= found["before"]
    assert found["path"] == os.environ["PATH"]


def test_showing_a_name_needs_linux_and_harms_nothing_elsewhere(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    before = Path("/proc/self/cmdline").read_bytes()
    show_as("opora somebody else")
    assert Path("/proc/self/cmdline").read_bytes() == before
