"""A host with Windows' OpenSSH server: no POSIX shell to ask or to look by, and PowerShell at a console.

Work goes the same way. The host is played; no Windows was at hand.
"""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from opora.evidence.frames import Kind
from tests.gateway.screens import screen
from tests.gateway.slow_hosts import SlowHost
from tests.gateway.worlds import World

NOT_KNOWN = b"'%s' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n"
BANNER = b"\x1b[?25l\x1b[2J\x1b[m\x1b[HWindows PowerShell\r\n\r\nPS C:\\Users\\support> \x1b[?25h"
COPIES = "Дисков: 2\r\n".encode("cp866")


class Windows:
    """Answers as cmd.exe and PowerShell do."""

    def __init__(self) -> None:
        self._living: set[asyncio.Task[None]] = set()

    def reply(self, process: Any) -> None:
        """What SlowHost is to do with a channel."""
        living = asyncio.ensure_future(self._live(process))
        self._living.add(living)
        living.add_done_callback(self._living.discard)

    async def _live(self, process: Any) -> None:
        if process.command == "Get-Disks":
            process.stdout.write(COPIES)
            process.exit(3)
        elif process.command:
            process.stderr.write(NOT_KNOWN % process.command.split()[0].encode())
            process.exit(1)
        else:
            process.stdout.write(BANNER)
            line = await process.stdin.readuntil(b"\r")
            process.stdout.write(line + b"\n" + COPIES)
            process.exit(0)


@pytest.fixture
def windows(here: World) -> Iterator[Windows]:
    """That host in the place of the usual one, looked at and asked as every other is."""
    made = Windows()
    here.settings = replace(here.settings, probe=True)
    with SlowHost(looks=False) as host:
        host.reply = made.reply
        host.go.set()
        host.agreed(here)
        here.start()
        yield made


def test_powershell_is_recorded_byte_for_byte(here: World, windows: Windows) -> None:
    with screen(here) as boris:
        boris.wait("PS C:\\Users\\support> ")
        boris.type("Get-PhysicalDisk\r")
        boris.wait(COPIES)
        assert boris.ends() == 0
    here.desk.wait_told("ended")
    assert here.recorded(Kind.OUTPUT) == BANNER + b"Get-PhysicalDisk\r\n" + COPIES
    assert here.typed() == b"Get-PhysicalDisk\r"


def test_it_says_that_it_could_not_look_at_what_was_left(here: World, windows: Windows) -> None:
    ran = here.ssh("Get-Disks")
    assert (ran.returncode, ran.stdout) == (3, COPIES)
    here.desk.wait_told("ended")
    looks = [json.loads(frame.payload) for frame in here.frames() if frame.kind is Kind.PROBE]
    assert looks == [{"moment": "opening", "unable": True}]
    assert "residue" not in [one["what"] for one in here.desk.told], "nobody is told that nothing was left behind"
