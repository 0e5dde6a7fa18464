"""Desk, gateway, ledger and signer as four users of this machine, and a stranger: real processes under uids of their own.

Only root can become others; where that cannot be had, `why_not` says why and the tests are skipped with it.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.folders import opened_for_others
from tests.gateway.worlds import World
from tests.laws.sources import CHECKOUT

NUMBERS = {"desk": 60401, "gateway": 60402, "ledger": 60403, "signer": 60404, "stranger": 60405}
ASK = 60410
GROUPS = {
    "desk": (ASK,),
    "gateway": (ASK,),
    "ledger": (ASK, NUMBERS["gateway"]),
    "signer": (ASK, NUMBERS["ledger"]),
    "stranger": (),
}
"""As deploy/README.md puts them: the ledger reads what the gateway lends, the signer what the ledger lends."""
PROBE = """
import json, os, sys

def can(path, flags):
    try:
        os.close(os.open(path, flags))
    except OSError:
        return False
    return True

def can_make(folder):
    try:
        os.mkdir(folder + "/probe")
        os.rmdir(folder + "/probe")
    except OSError:
        return False
    return True

files, folders = json.loads(sys.argv[1])
reads = [path for path in files if can(path, os.O_RDONLY)]
writes = [path for path in files if can(path, os.O_WRONLY)]
print(json.dumps([reads, writes, [path for path in folders if can_make(path)]]))
"""
ASKING = """
import asyncio, json, sys
from opora.gateway.sockets import Gone, Refused, ask

async def asked(path, question):
    try:
        await ask(path, question, seconds=60)
    except Refused as refused:
        return refused.code
    except Gone as gone:
        return type(gone.__cause__).__name__
    return "ok"

async def all():
    from pathlib import Path
    return [await asked(Path(path), question) for path, question in json.loads(sys.argv[1])]

print(json.dumps(asyncio.run(all())))
"""

HAND_OVER = """
import sys
from pathlib import Path
from opora.desk.workroom.gateway import SocketGateway
SocketGateway(Path(sys.argv[1]), apart=True).agree(sys.argv[2])
print("true")
"""
FETCH = """
import json, sys
from pathlib import Path
from opora.desk.workroom.gateway import SocketGateway
desk = SocketGateway(Path(sys.argv[1]), apart=True)
with open(sys.argv[3], "xb") as taken:
    desk.bundle(sys.argv[2], by="contact:1 Clara", into=taken)
print(json.dumps(desk.verifier_key()))
"""


def why_not() -> str:
    """Why nobody can become somebody else here; "" when that can be done."""
    if os.geteuid() != 0:
        return "not root: other users cannot be tried"
    return "" if shutil.which("setpriv") else "setpriv (util-linux) is not here"


@dataclass
class Users:
    """The state folder, root's, with a folder for each process, and words that make a command somebody's."""

    folder: Path
    words: Sequence[str]

    @property
    def state(self) -> Path:
        """The folder that is `OPORA_GATEWAY_STATE`."""
        return self.folder / "state"

    @property
    def environment(self) -> dict[str, str]:
        """What all of them are told. Nobody looks up their names: they stand in no passwd."""
        told = {"OPORA_GATEWAY_STATE": str(self.state), "OPORA_GATEWAY_GROUP": str(ASK)}
        return {**told, "HOME": "/", "LOGNAME": "somebody"}

    def as_user(self, name: str) -> list[str]:
        """Words before a command of that user's."""
        groups = ",".join(str(one) for one in GROUPS[name])
        number = NUMBERS[name]
        grouped = ["--groups", groups] if groups else ["--clear-groups"]
        return [*self.words, "setpriv", f"--reuid={number}", f"--regid={number}", *grouped]

    def run(self, name: str, script: str, *words: str) -> Any:
        """Run a script as that user; returns what it printed, read as JSON."""
        done = subprocess.run(
            [*self.as_user(name), sys.executable, "-c", script, *words],
            env={**os.environ, **self.environment, "PYTHONPATH": str(CHECKOUT)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def probed(self, name: str) -> tuple[set[str], set[str], set[str]]:
        """Which files that user can read, which write, and in which folders make something; session's names left out."""
        found = sorted(self.state.rglob("*"))
        files = [str(path) for path in found if path.is_file()]
        folders = [str(path) for path in (self.state, *found) if path.is_dir()]
        reads, writes, makes = self.run(name, PROBE, json.dumps([files, folders]))
        return {self._label(path) for path in reads}, {self._label(path) for path in writes}, {*map(self._label, makes)}

    def answers(self, name: str, questions: Sequence[tuple[str, dict[str, Any]]]) -> list[str]:
        """What that user is answered at the sockets: `ok`, the code of the refusal, or why there is no connection."""
        asked = [(str(self.state / place), question) for place, question in questions]
        told: list[str] = self.run(name, ASKING, json.dumps(asked))
        return told

    def hand_over(self, agreement: str) -> None:
        """The desk hands an agreement to the ledger."""
        assert self.run("desk", HAND_OVER, str(self.state), agreement) is True

    def fetched(self, session: str) -> tuple[Path, str]:
        """The bundle of a session, fetched by the desk into a folder of its own, and the ledger's public key."""
        own = Path(tempfile.mkdtemp(prefix="desk-", dir=self.folder))
        os.chown(own, NUMBERS["desk"], NUMBERS["desk"])
        bundle = own / "record.zip"
        return bundle, self.run("desk", FETCH, str(self.state), session, str(bundle))

    def _label(self, path: str) -> str:
        place = Path(path).relative_to(self.state)
        many = {"journals", "typed", "agreements", "heads", "sealed", "bundles", "stamps", "untold", "windows"}
        return str(place.parent / "*") if place.parent.name in many else str(place)


@dataclass
class Worked:
    """Four users, after a session of theirs; `refused` is what an engineer heard who came too early."""

    users: Users
    here: World
    session: str
    refused: str


def users_in(folder: Path) -> Users:
    """Make the folders as root does once (deploy/README.md). Raises PermissionError where others cannot pass to the program."""
    interpreter = Path(sys.executable).resolve().parents[1]
    users = Users(folder, opened_for_others(folder, interpreter, Path(sys.prefix), CHECKOUT))
    users.state.mkdir(mode=0o755)
    for name in ("gateway", "ledger", "signer"):
        (users.state / name).mkdir()
        os.chown(users.state / name, NUMBERS[name], NUMBERS[name])
    return users
