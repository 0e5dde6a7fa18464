"""The demo's customer host: a window of today that waits for Clara's word, set up once and found again; a program that gives
shells to those whom the signer has certified, and to nobody else; never beyond loopback.
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from opora.config.children import Stop
from opora.config.demo.command import escrow_keys, free_port
from opora.config.demo.customer import programs, sshd, stage, standin
from opora.desk.consent import actions as consent
from opora.desk.consent.actions import Told
from opora.desk.consent.models import Answer, ConfirmationRequest
from opora.desk.kernel import clock
from opora.desk.kernel.errors import Refused
from opora.desk.tickets.models import Ticket
from opora.desk.web.signin.queries import factors_of
from opora.desk.workroom import actions as workroom
from opora.desk.workroom import policies
from opora.desk.workroom.models import Agreement, EngineerKey, HostEntry
from opora.desk.workroom.rules import read_sealing_key
from tests.cast import Cast
from tests.runs.waiting import wait_until

ADDRESS = ("127.0.0.1", 8423)


@pytest.fixture
def provider(cast: Cast) -> Cast:
    """The people whom the demo's stage looks for."""
    cast.clara.addresses.update(email="clara@northwind.example")
    cast.boris.account.email = "boris@borea.example"
    cast.boris.account.save(update_fields=["email"])
    return cast


def test_it_sets_up_a_window_of_today_that_waits_for_clara(provider: Cast, tmp_path: Path) -> None:
    at = clock.now()
    keys = {"host_key": sshd.key_pair(tmp_path / "host"), "engineer_key": sshd.key_pair(tmp_path / "boris")}
    ticket = stage.set_up(ADDRESS, **keys, at=at)
    assert stage.set_up(ADDRESS, **keys, at=at + timedelta(minutes=5)) == ticket
    asked = ConfirmationRequest.objects.get()
    fingerprint = EngineerKey.objects.get().fingerprint
    with pytest.raises(Refused):
        policies.knock(ticket.mark, "web1", key=fingerprint, at=at)
    confirm(provider, asked, at)
    opened = policies.knock(ticket.mark, "web1", key=fingerprint, at=at)
    assert (opened.staff, opened.hosts) == (provider.boris, ["web1"])
    assert stage.set_up(ADDRESS, **keys, at=at + timedelta(minutes=9)) == ticket
    assert (Ticket.objects.count(), Agreement.objects.count(), HostEntry.objects.count()) == (1, 1, 1)
    assert ConfirmationRequest.objects.count() == 1
    assert factors_of(provider.boris.account).totp, "the gateway asks Boris for a second factor"


def test_it_asks_anew_when_the_window_ends_or_the_host_is_another(provider: Cast, tmp_path: Path) -> None:
    at = clock.now()
    keys = {"host_key": sshd.key_pair(tmp_path / "host"), "engineer_key": sshd.key_pair(tmp_path / "boris")}
    ticket = stage.set_up(ADDRESS, **keys, at=at)
    confirm(provider, ConfirmationRequest.objects.get(), at)
    stage.set_up(("127.0.0.1", 9423), **keys, at=at)
    assert ConfirmationRequest.objects.count() == 2
    stage.set_up(("127.0.0.1", 9423), **keys, at=at + stage.LASTS)
    assert ConfirmationRequest.objects.filter(ticket=ticket).count() == 3


def confirm(cast: Cast, asked: ConfirmationRequest, at: datetime) -> None:
    told = Told(Answer.Kind.CONFIRMED, asked.digest, proof={"by": "the test"})
    consent.answer_in_portal(asked, by=cast.clara, told=told, at=at)
    asked.refresh_from_db()
    workroom.prepare(asked, by=cast.boris.actor, at=at)


def test_the_keys_of_its_people_are_made_once(tmp_path: Path) -> None:
    assert sshd.key_pair(tmp_path / "a" / "key") == sshd.key_pair(tmp_path / "a" / "key")
    assert (tmp_path / "a" / "key").stat().st_mode & 0o077 == 0
    made = escrow_keys(tmp_path)
    assert made == escrow_keys(tmp_path)
    assert len({read_sealing_key(one) for one in made}) == 2


@dataclass
class Host:
    """A running host, its authority, and the key of somebody who comes."""

    server: sshd.Server
    authority: asyncssh.SSHKey
    key: asyncssh.SSHKey

    def certified(self, *principals: str, by: asyncssh.SSHKey | None = None) -> list[Any]:
        made = (by or self.authority).generate_user_certificate(self.key, "Boris", principals=principals)
        return [(self.key, made)]

    def line(self, keys: list[Any], *, name: str = "") -> Any:
        """A connection to it, which must show the key we know."""
        known = ([asyncssh.import_public_key(self.server.host_key)], [], [])
        to = {"host": self.server.address[0], "port": self.server.address[1], "username": name or sshd.login()}
        return asyncssh.connect(**to, client_keys=keys, known_hosts=known, config=None, agent_path=None)

    async def is_shut_for(self, keys: list[Any], *, name: str = "") -> bool:
        try:
            async with self.line(keys, name=name):
                return False
        except asyncssh.PermissionDenied:
            return True


@pytest.fixture(params=["OpenSSH's", "a stand-in"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    """The host, as each of the programs that can be it here."""
    found = list(programs.candidates(at=clock.now(), say=lambda _: None))
    chosen = [one for one in found if one.name.startswith(request.param)]
    if not chosen:
        pytest.skip(programs.why_no_sshd() or "OpenSSH's server is neither here nor to be fetched")
    with running(tmp_path, chosen) as made:
        yield made


@contextmanager
def running(folder: Path, chosen: list[programs.Program]) -> Iterator[Host]:
    server = sshd.Server(folder / "host", ("127.0.0.1", free_port(0)))
    authority = asyncssh.generate_private_key("ssh-ed25519")
    public = authority.export_public_key().decode()
    server.start(chosen, authority=public, principals=["opora-1-user", "opora-1-look"], stop=Stop())
    try:
        yield Host(server, authority, asyncssh.generate_private_key("ssh-ed25519"))
    finally:
        server.end()


def test_the_host_takes_nobody_without_a_certificate_of_ours(host: Host) -> None:
    stranger = asyncssh.generate_private_key("ssh-ed25519")

    async def scene() -> None:
        assert await host.is_shut_for([host.key])
        assert await host.is_shut_for([host.authority])
        assert await host.is_shut_for(host.certified("opora-1-user", by=stranger))
        assert await host.is_shut_for(host.certified("opora-2-user"))
        assert await host.is_shut_for(host.certified("opora-1-user"), name="somebody")
        async with host.line(host.certified("opora-1-user")) as line:
            assert (await line.run("echo in", check=True)).stdout == "in\n"

    asyncio.run(scene())


def test_the_host_gives_a_terminal_with_size_and_exit_code(host: Host) -> None:
    async def scene() -> None:
        async with (
            host.line(host.certified("opora-1-look")) as line,
            line.create_process(term_type="xterm", term_size=(101, 33)) as process,
        ):
            process.stdin.write("stty size; stty -echo; tty\n")
            await _until(process, "33 101")
            await _until(process, "/dev/")
            process.change_terminal_size(77, 22)
            process.stdin.write("stty size; echo $TERM; env | grep -c OPORA_ ; exit 7\n")
            rest = await process.stdout.read()
            assert "22 77" in rest and "xterm" in rest
            assert "\r\n0\r\n" in rest, "nothing of the demo's own settings is in its environment"
            assert (await process.wait()).exit_status == 7

    asyncio.run(scene())


def test_the_host_takes_along_what_runs_when_the_line_drops(host: Host, tmp_path: Path) -> None:
    place = tmp_path / "pid"

    async def scene() -> None:
        command = f"echo $$ > {place}; echo on; exec sleep 600"
        async with (
            host.line(host.certified("opora-1-user")) as line,
            line.create_process(command, term_type="xterm") as process,
        ):
            await _until(process, "on")
            line.abort()

    with suppress(asyncssh.Error):
        asyncio.run(scene())
    wait_until(
        lambda: not Path(f"/proc/{place.read_text().strip()}").exists(), "the command has ended with its line", 30
    )


async def _until(process: Any, words: str) -> None:
    read = ""
    while words not in read:
        piece = await asyncio.wait_for(process.stdout.read(4096), 30)
        assert piece, f"{words} is not in {read}"
        read += piece


def test_the_standin_says_what_it_is_and_moves_bytes_as_they_are(tmp_path: Path) -> None:
    last = list(programs.candidates(at=clock.now(), say=lambda _: None))[-1]

    async def scene(host: Host) -> None:
        async with host.line(host.certified("opora-1-user")) as line:
            octets = os.urandom(300_000)
            done = await line.run("cat", input=octets, encoding=None, check=True)
            assert done.stdout == octets
            assert (await line.run("kill -9 $$")).exit_signal is not None
            assert (await line.run("echo no >&2; exit 3")).stderr == "no\n"
            async with line.create_process(term_type="xterm") as process:
                await _until(process, "This is a stand-in for a customer's host")
            async with line.start_sftp_client() as files:
                assert await files.realpath(".") == str(tmp_path / "host" / "home")

    with running(tmp_path, [last]) as host:
        asyncio.run(scene(host))


def test_it_tries_the_next_program_when_one_does_not_start(tmp_path: Path) -> None:
    last = list(programs.candidates(at=clock.now(), say=lambda _: None))[-1]
    broken = programs.Program("a broken one", lambda *_: ["sh", "-c", "echo no such library >&2; exit 127"])
    server = sshd.Server(tmp_path / "host", ("127.0.0.1", free_port(0)))
    key = sshd.key_pair(tmp_path / "ca")
    try:
        chosen = server.start([broken, last], authority=key, principals=["opora-1-user"], stop=Stop())
        assert chosen is last
    finally:
        server.end()
    with pytest.raises(sshd.NoServer, match="no such library"):
        server.start([broken], authority=key, principals=["opora-1-user"], stop=Stop())


def test_it_gives_nobody_beyond_loopback_a_shell(tmp_path: Path) -> None:
    assert sshd.beyond_loopback("127.0.0.1", "localhost", "::1", "[::1]") == ""
    assert sshd.beyond_loopback("127.0.0.1", "0.0.0.0") == "0.0.0.0"
    assert sshd.beyond_loopback("desk.example") == "desk.example"
    with pytest.raises(sshd.NoServer, match="where others reach it"):
        sshd.Server(tmp_path, ("192.0.2.7", 22))
    with pytest.raises(ValueError, match="not loopback"):
        asyncio.run(standin.run(tmp_path, "192.0.2.7", 22))


def test_it_fetches_once_and_after_a_failure_not_again_that_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Path] = []

    def fail(folder: Path) -> None:
        tried.append(folder)
        raise OSError("no network")

    monkeypatch.setattr(programs.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(programs, "_fetch", fail)
    said: list[str] = []
    for later in (timedelta(0), timedelta(hours=1), timedelta(days=2)):
        assert programs.unpacked(tmp_path / "sshd", at=clock.now() + later, say=said.append) is None
    assert len(tried) == 2 and "it could not be fetched" in said
    (tmp_path / "sshd/root/usr/sbin").mkdir(parents=True)
    (tmp_path / "sshd/root/usr/sbin/sshd").touch()
    assert programs.unpacked(tmp_path / "sshd", at=clock.now(), say=said.append) == tmp_path / "sshd/root"
    assert len(tried) == 2
