"""The lines of deploy/README.md that keep, restore and move the gateway's folder, run as they stand there; as root only."""

import asyncio
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from opora.evidence import verify
from opora.evidence.frames import Kind
from opora.evidence.journal import Journal
from opora.evidence.sealing import InputSeal
from opora.gateway.rounds import b64
from opora.gateway.settings import read
from opora.gateway.sockets import ask
from tests.email.mail_programs import free_port
from tests.evidence.recording import CLARA, HOLDERS, public
from tests.folders import passable_folder
from tests.gateway import recordings
from tests.gateway.neighbours import SECRET
from tests.gateway.processes import Running
from tests.gateway.users import NUMBERS, Users, Worked
from tests.laws.sources import CHECKOUT

MOVE, RECORDS, KEYS, RESTORE = range(4)
SESSION = bytes(range(16))


def lines(number: int, places: dict[str, Path]) -> str:
    """One of the README's scripts for these folders, our numbers in place of the users' names.

    `rsync -a` is not on every machine; `cp -a` copies new folders alike.
    """
    page = (CHECKOUT / "deploy/README.md").read_text(encoding="utf-8")
    script = re.findall(r"(?:^    .+\n)+", page, re.M)
    [told] = [one for one in script if one.startswith("    set -e;")][number : number + 1]
    for place, folder in places.items():
        told = re.sub(rf"{place}(?![\w-])", str(folder), told)
    told = re.sub(r"\bopora-(gateway|ledger|signer):", lambda name: f"{NUMBERS[name[1]]}:{NUMBERS[name[1]]}", told)
    assert "/var/lib" not in told and "/backup" not in told
    return told.replace("rsync -a", "cp -a")


def run(number: int, places: dict[str, Path]) -> None:
    subprocess.run(["sh", "-c", lines(number, places)], check=True)


@contextmanager
def writing(ledger: Path) -> Iterator[list[str]]:
    """The log grows and is signed all the time; yields the checkpoints so far."""
    notes: list[str] = []
    going, over = threading.Event(), threading.Event()

    async def write() -> None:
        while not over.is_set():
            await ask(ledger, {"do": "log", "entry": {"kind": "view", "n": len(notes)}})
            notes.append((await ask(ledger, {"do": "checkpoint"}))["note"])
            going.set()

    thread = threading.Thread(target=lambda: asyncio.run(write()))
    thread.start()
    try:
        assert going.wait(60)
        yield notes
    finally:
        over.set()
        thread.join(60)


def test_a_backup_taken_at_work_is_accepted_when_it_is_restored(worked: Worked) -> None:
    users = worked.users
    state, saved, keys = users.state, users.folder / "saved", users.folder / "saved-keys"
    with writing(state / "ledger/ledger.sock") as notes:
        before = len(notes)
        for number, to in ((RECORDS, saved), (KEYS, keys)):
            run(number, {"/var/lib/opora-gateway": state, "/backup/gateway-keys": to, "/backup/gateway": to})
    assert len(notes) > before, "the log grew meanwhile"
    _, key = users.fetched(worked.session)
    assert saved.stat().st_mode & 0o777 == keys.stat().st_mode & 0o777 == 0o700
    assert not list(saved.rglob("keys")) and not list(saved.rglob("*.sock")) and not list(keys.rglob("windows"))
    with passable_folder() as folder:
        restored = Users(folder, users.words)
        restored.state.mkdir(mode=0o755)
        run(RESTORE, {"/var/lib/opora-gateway": restored.state, "/backup/gateway-keys": keys, "/backup/gateway": saved})
        with at_work(restored):
            bundle, same = restored.fetched(worked.session)
            assert same == key
            assert verify.main([str(bundle), "--key", key]) == 0
            asked = [("signer/signer.sock", {"do": "authority"})]
            assert restored.answers("gateway", asked) == ["ok"]


@contextmanager
def at_work(users: Users) -> Iterator[None]:
    """All three, one after the other."""
    listens = {"OPORA_GATEWAY_LISTEN": f"127.0.0.1:{free_port()}", "OPORA_GATEWAY_SECRET": SECRET}
    with (
        Running("ledger", users.state, users.environment, users.as_user("ledger")),
        Running("signer", users.state, users.environment, users.as_user("signer")),
        Running("gateway", users.state, users.environment | listens, users.as_user("gateway")),
    ):
        yield


def work_of_one_user(state: Path) -> None:
    """A folder as one user leaves it: all three were at work, and one session has ended."""
    agreed = recordings.agreement_text()
    path = read({"OPORA_GATEWAY_STATE": str(state)}).socket("ledger")
    listens = {"OPORA_GATEWAY_LISTEN": f"127.0.0.1:{free_port()}"}
    with Running("ledger", state), Running("signer", state), Running("gateway", state, listens):
        asyncio.run(ask(path, {"do": "agree", "agreement": agreed}))
        seal = InputSeal(SESSION)
        keys = seal.wrapped_for(public(CLARA), (public(HOLDERS[0]), public(HOLDERS[1])))
        journal = Journal(state / "journals" / "1.journal")
        session = recordings.Worked(journal, recordings.digest_of(agreed), keys=keys)
        session.add(Kind.INPUT, seal.seal(1, b"hunter2\r"))
        head = session.end()
        told = {"session": SESSION.hex(), "frames": head.frames, "size": head.size, "head": b64(head.head)}
        asyncio.run(ask(path, {"do": "end", "agreement": session.agreement, "reason": "exit", **told}, seconds=30))
        asyncio.run(ask(path.with_name("signer.sock"), {"do": "authority"}))
        journal.close()


def test_what_one_user_kept_is_moved_to_four_and_goes_on(users: Users) -> None:
    with passable_folder() as folder:
        old, four = folder / "old", replace(users, folder=folder)
        work_of_one_user(old)
        four.state.mkdir(mode=0o755)
        run(MOVE, {"/var/lib/opora-gateway": four.state, "/var/lib/opora/gateway": old})
        left = {path.name for path in old.rglob("*") if path.is_file()}
        assert left == {"secret", "gateway.lock", "ledger.lock", "signer.lock"}
        with at_work(four):
            bundle, key = four.fetched(SESSION.hex())
            assert verify.main([str(bundle), "--key", key]) == 0
            erase = {"do": "erase", "session": SESSION.hex(), "by": "Oleg", "why": "Clara asked."}
            assert four.answers("ledger", [("ledger/ledger.sock", erase)]) == ["ok"]
            assert four.answers("signer", [("ledger/ledger.sock", {"do": "key"})]) == ["ok"]
        assert list((four.state / "gateway/typed").iterdir()) == []
