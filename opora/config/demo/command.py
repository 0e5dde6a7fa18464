"""`opora demo`: its own state folder, its own mail road, then the whole tree as `opora up` runs it.

The settings are read once when Python starts, so the command first starts itself again with the demo's environment.
"""

import base64
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from opora.config.demo import board
from opora.config.supervisor.parts import Command, own_command, own_environment
from opora.config.supervisor.up import Besides, up

DEFAULTS = {
    "OPORA_MAIL_ADDRESS": "support@borea.example",
    "OPORA_MAIL_NAME": "Borea Cloud",
    "OPORA_SECOND_FACTOR": "optional",
    "OPORA_LOG_LEVEL": "WARNING",
    "OPORA_GATEWAY_ROOM_MB": "256",
}
PORTS = {"OPORA_LISTEN": 8480, "OPORA_MAIL_LISTEN": 8425, "OPORA_GATEWAY_LISTEN": 8422, "OPORA_DEMO_HOST": 8423}


def run(*, still: bool) -> int:
    """Run the demo until it is stopped; returns the exit code."""
    if os.environ.get("OPORA_DEMO") != "1":
        words = ["demo", *(["--still"] if still else [])]
        os.execve(sys.executable, own_command(*words), environment(still=still))  # noqa: S606
    first = Command("demo", 1, 3.0, words=("demo", "fill"), once=True)
    also = [Command("customers", 1, 3.0, words=("demo", "live"))] if os.environ.get("OPORA_DEMO_CATCHER") else []
    if os.environ.get("OPORA_DEMO_HOST"):
        also.append(Command("customer host", 1, 3.0, words=("demo", "host")))
    return up(besides=Besides([first], also, board.show))


def check(*, as_json: bool) -> int:
    """Drive the main job through a demo of its own; returns 0 only when every step held."""
    from opora.config.demo.checking import drive

    return drive(as_json=as_json)


def environment(*, still: bool, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Our environment and, where nothing else was chosen, the demo's: a folder, addresses that are free, a catcher."""
    from opora.config.settings.paths import OPORA_STATE

    made = {**DEFAULTS, **(own_environment() if given is None else given)}
    made["OPORA_DEMO"] = "1"
    made.setdefault("OPORA_STATE", str(OPORA_STATE / "demo"))
    for name, port in PORTS.items():
        made.setdefault(name, f"127.0.0.1:{free_port(port)}")
    if not made.get("OPORA_SMTP_URL"):
        catcher = f"127.0.0.1:{free_port(0)}"
        made |= {"OPORA_SMTP_URL": f"smtp://{catcher}", "OPORA_DEMO_CATCHER": catcher}
    if not made.get("OPORA_ESCROW_KEYS"):
        made["OPORA_ESCROW_KEYS"] = ",".join(escrow_keys(Path(made["OPORA_STATE"]) / "people"))
    if still:
        made["OPORA_DEMO_STILL"] = "1"
    return made


def escrow_keys(folder: Path) -> list[str]:
    """The public halves of the two holders' keys, made on the first start: in the demo both lie in one folder."""
    public = []
    for name in ("escrow-1", "escrow-2"):
        place = folder / name
        if not place.exists():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(X25519PrivateKey.generate().private_bytes_raw())
        key = X25519PrivateKey.from_private_bytes(place.read_bytes())
        public.append(base64.b64encode(key.public_key().public_bytes_raw()).decode())
    return public


def free_port(port: int) -> int:
    """The port itself when nobody has it, else one that is free now."""
    for wish in (port, 0):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", wish))
            except OSError:
                continue
            return int(trial.getsockname()[1])
    raise RuntimeError("no port is free")
