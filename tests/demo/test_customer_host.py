"""The demo's customer host: a window for today that leads there, set up once and found again; a real sshd where there is one."""

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from opora.config.children import Stop
from opora.config.demo.command import escrow_keys, free_port
from opora.config.demo.customer import sshd, stage
from opora.desk.consent.models import ConfirmationRequest
from opora.desk.kernel import clock
from opora.desk.tickets.models import Ticket
from opora.desk.workroom import policies
from opora.desk.workroom.models import Agreement, EngineerKey, HostEntry
from opora.desk.workroom.rules import read_sealing_key
from tests.cast import Cast

ADDRESS = ("127.0.0.1", 8423)


@pytest.fixture
def provider(cast: Cast) -> Cast:
    """The people whom the demo's stage looks for."""
    cast.clara.addresses.update(email="clara@northwind.example")
    cast.boris.account.email = "boris@borea.example"
    cast.boris.account.save(update_fields=["email"])
    return cast


def test_it_sets_up_a_window_of_today_once(provider: Cast, tmp_path: Path) -> None:
    at = clock.now()
    keys = {"host_key": sshd.key_pair(tmp_path / "host"), "engineer_key": sshd.key_pair(tmp_path / "boris")}
    ticket = stage.set_up(ADDRESS, **keys, at=at)
    assert stage.set_up(ADDRESS, **keys, at=at + timedelta(minutes=5)) == ticket
    opened = policies.knock(ticket.mark, "web1", key=EngineerKey.objects.get().fingerprint, at=at)
    assert (opened.staff, opened.hosts) == (provider.boris, ["web1"])
    assert (Ticket.objects.count(), Agreement.objects.count(), HostEntry.objects.count()) == (1, 1, 1)
    assert sorted(ConfirmationRequest.objects.values_list("state", flat=True)) == ["asked", "confirmed"]


def test_it_agrees_anew_when_the_window_ends_or_the_host_is_another(provider: Cast, tmp_path: Path) -> None:
    at = clock.now()
    keys = {"host_key": sshd.key_pair(tmp_path / "host"), "engineer_key": sshd.key_pair(tmp_path / "boris")}
    ticket = stage.set_up(ADDRESS, **keys, at=at)
    stage.set_up(("127.0.0.1", 9423), **keys, at=at)
    assert Agreement.objects.count() == 2
    stage.set_up(("127.0.0.1", 9423), **keys, at=at + stage.LASTS)
    assert Agreement.objects.filter(ticket=ticket).count() == 3


def test_the_keys_of_its_people_are_made_once(tmp_path: Path) -> None:
    assert sshd.key_pair(tmp_path / "a" / "key") == sshd.key_pair(tmp_path / "a" / "key")
    assert (tmp_path / "a" / "key").stat().st_mode & 0o077 == 0
    made = escrow_keys(tmp_path)
    assert made == escrow_keys(tmp_path)
    assert len({read_sealing_key(one) for one in made}) == 2


@pytest.mark.skipif(
    shutil.which("ssh") is None or not any(Path(place).exists() for place in sshd.PLACES), reason="no ssh or sshd here"
)
def test_the_host_takes_nobody_without_a_certificate(tmp_path: Path) -> None:
    port = free_port(0)
    server = sshd.Server(tmp_path / "host", ("127.0.0.1", port))
    key = sshd.key_pair(tmp_path / "boris")
    server.start(authority=key, principals=["opora-1-user"], stop=Stop())
    try:
        line = ["ssh", "-F", "none", "-i", str(tmp_path / "boris"), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"]
        line += ["-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={tmp_path / 'known'}", "-p", str(port)]
        done = subprocess.run(
            [*line, f"{sshd.login()}@127.0.0.1", "true"], check=False, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 255
        assert "Permission denied (publickey)" in done.stderr
        assert " ".join(server.host_key.split()[:2]) in (tmp_path / "known").read_text()
    finally:
        server.end()
