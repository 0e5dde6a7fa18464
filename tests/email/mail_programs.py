"""Debian's Dovecot and Postfix for the tests, unpacked into a cache folder; nothing is installed.

Where the packages cannot be had, or this kind of machine cannot run them, `why_not` says why and the tests that need them are
skipped with those words.
"""

import os
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from tests.unpacked import NotHere, unpacked

CACHE = Path(os.environ.get("OPORA_TEST_MAIL_SERVERS") or Path(tempfile.gettempdir()) / f"opora-mail-{os.getuid()}")
PACKAGES = ("dovecot-core", "dovecot-imapd", "postfix")
PATIENCE = 90.0
IS_ROOT = os.getuid() == 0


@lru_cache(1)
def programs() -> Path:
    """The folder with the unpacked packages. Raises NotHere."""
    return unpacked(CACHE, PACKAGES, holding=("usr/sbin/dovecot", "usr/sbin/postconf"))


def why_not() -> str:
    """Why the servers cannot be had here; "" when they can."""
    try:
        root = programs()
    except NotHere as trouble:
        return str(trouble)
    tried = subprocess.run([*inside(root), "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        return f"no mount namespace with an overlay can be made: {tried.stderr.strip()[-200:]}"
    around = environment(root)
    for program in ("usr/sbin/dovecot", "usr/sbin/postconf"):
        ran = subprocess.run(["ldd", str(root / program)], env=around, capture_output=True, text=True, check=False)
        if "not found" in ran.stdout:
            return f"libraries are missing for {program}"
    return ""


def inside(root: Path) -> list[str]:
    """The words before a command that make it see the unpacked libraries where the packages would have put them."""
    over = f'mount -t overlay overlay -o lowerdir={root}/usr/lib:/usr/lib /usr/lib && exec "$@"'
    return [
        "setpriv",
        "--pdeathsig",
        "TERM",
        "unshare",
        "-m",
        *([] if IS_ROOT else ["--map-current-user", "--keep-caps"]),
        "sh",
        "-c",
        over,
        "sh",
    ]


def environment(root: Path) -> dict[str, str]:
    folders = [root / "usr/lib/dovecot", root / "usr/lib/postfix", root / "usr/lib/x86_64-linux-gnu"]
    return {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": ":".join(map(str, folders))}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for(port: int) -> None:
    """Return when somebody listens there. Raises TimeoutError."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {port}")


def wait_for_greeting(port: int, beginning: bytes) -> None:
    """Return when the server there greets so: its port may be open before its parts are. Raises TimeoutError."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            if line.recv(64).startswith(beginning):
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing greets on {port}")
