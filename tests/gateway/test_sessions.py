"""Sessions through the gateway, by the real `ssh` to a real host: exact bytes, codes, terminals, and all of it recorded."""

import hashlib
import os

from opora.evidence.frames import Kind
from tests.gateway.worlds import World


def test_it_runs_a_command_and_records_it(here: World) -> None:
    here.start()
    ran = here.ssh("echo out; echo err >&2; exit 7")
    assert (ran.stdout, ran.stderr, ran.returncode) == (b"out\n", b"err\n", 7)
    here.desk.wait_told("ended")
    kinds = [frame.kind for frame in here.frames()]
    assert kinds[0] is Kind.HEADER and kinds[-2:] == [Kind.EXIT, Kind.END]
    assert here.recorded(Kind.OUTPUT) == b"out\n" and here.recorded(Kind.ERROR_OUTPUT) == b"err\n"
    assert b"exit 7" in here.recorded(Kind.HEADER) and here.recorded(Kind.EXIT) == b'{"status":7}'


def test_it_passes_every_byte_both_ways(here: World) -> None:
    here.start()
    given = os.urandom(3 << 20)
    ran = here.ssh("cat", given=given)
    assert hashlib.sha256(ran.stdout).digest() == hashlib.sha256(given).digest()
    here.desk.wait_told("ended")
    assert here.recorded(Kind.OUTPUT) == given and here.typed() == given
