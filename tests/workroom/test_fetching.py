"""What the desk takes from the sockets and folders of the gateway: whole, or not at all."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from opora.desk.workroom.gateway import Away, Declined, SocketGateway, host_key

SESSION = "00" * 16


@contextmanager
def ledger_saying(folder: Path, answer: bytes) -> Iterator[list[dict[str, Any]]]:
    """A ledger that gives one answer and hangs up; yields what it was asked."""
    asked: list[dict[str, Any]] = []
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(folder / "ledger.sock"))
    listening.listen()

    def once() -> None:
        line, _ = listening.accept()
        with line, line.makefile("rb") as questions:
            asked.append(json.loads(questions.readline()))
            line.sendall(answer)

    thread = threading.Thread(target=once, daemon=True)
    thread.start()
    with listening:
        yield asked
        thread.join(60)


def test_a_bundle_is_taken_to_its_last_byte(tmp_path: Path) -> None:
    content, taken = bytes(range(256)) * 3000, BytesIO()
    head = b'{"ok":true,"checkpoint":"-","size":%d}\n' % len(content)
    with ledger_saying(tmp_path, head + content) as asked:
        SocketGateway(tmp_path).bundle(SESSION, by="contact:1 Clara", into=taken)
    assert taken.getvalue() == content
    assert asked == [{"do": "fetch", "session": SESSION, "by": "contact:1 Clara"}]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b'{"ok":true,"size":10}\nabc', "broke off"),
        (b'{"ok":true}\n', "size"),
        (b"", "no answer"),
        (b"nonsense\n", "Expecting value"),
    ],
)
def test_what_is_not_whole_is_no_bundle(tmp_path: Path, answer: bytes, says: str) -> None:
    with ledger_saying(tmp_path, answer), pytest.raises(Away, match=says):
        SocketGateway(tmp_path).bundle(SESSION, by="-", into=BytesIO())


def test_a_refusal_says_why(tmp_path: Path) -> None:
    refusal = b'{"code":"session","ok":false,"reason":"There is none."}\n'
    with ledger_saying(tmp_path, refusal), pytest.raises(Declined, match="There is none"):
        SocketGateway(tmp_path).bundle(SESSION, by="-", into=BytesIO())


@pytest.mark.parametrize(("group", "folder"), [("", "keys"), ("opora-ask", "gateway/keys")])
def test_the_gateways_key_is_found_with_one_user_and_with_four(
    settings: Any, tmp_path: Path, group: str, folder: str
) -> None:
    settings.OPORA_GATEWAY_STATE, settings.OPORA_GATEWAY_GROUP = tmp_path, group
    assert host_key() == ""
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "host.pub").write_text("ssh-ed25519 AAAA gateway\n")
    assert host_key() == "ssh-ed25519 AAAA gateway"
