"""What the gateway takes hold of within asyncssh: a release that has these names no more, or other ways, fails here."""

import inspect
import socket

import asyncssh
from asyncssh import channel
from asyncssh import connection as inside
from asyncssh.auth import ServerAuth
from asyncssh.crypto.cipher import GCMCipher

from opora.gateway.front import Front
from opora.gateway.lean import MSG_IGNORE
from tests.gateway.screens import screen
from tests.gateway.worlds import World

HELD = {
    inside.SSHConnection: "_inpbuf _recv_encryption _recv_seq _send_encryption _send_seq _max_recv_pktlen _rekey_bytes_sent"
    " _rekey_bytes _rekey_seconds _rekey_time _auth_complete _kex_complete _compressor _decompressor _channels",
    channel.SSHChannel: "_send_buf _send_window _send_pktsize _send_state _send_chan _recv_state _recv_window _accept_data",
    GCMCipher: "_key _iv",
}
"""What lean.py reads and sets of asyncssh's own."""


def test_the_names_we_hold_on_to_are_there() -> None:
    assert inside.MSG_IGNORE == MSG_IGNORE
    assert "MSG_IGNORE" in inspect.getsource(inside.SSHConnection.send_packet)
    assert "self.send_packet(MSG_IGNORE" in inspect.getsource(inside.SSHConnection.send_packet)
    assert "send_userauth_success()" in inspect.getsource(ServerAuth.send_success)
    for name in ("_recv_pkthdr", "_reset_keepalive_timer", "_send", "send_packet"):
        assert callable(getattr(inside.SSHConnection, name))
    for kind, names in HELD.items():
        for name in names.split():
            assert f"self.{name}" in inspect.getsource(kind), name
    assert "self._recv_handler = self._recv_pkthdr" in inspect.getsource(inside.SSHConnection)
    for name in ("pause_writing", "resume_writing", "send_userauth_failure", "disconnect"):
        assert callable(getattr(asyncssh.SSHServerConnection, name))
    for name in ("_process_auth_agent_req_at_openssh_dot_com_request", "_process_x11_req_request"):
        assert callable(getattr(asyncssh.SSHServerChannel, name))


def test_it_sends_no_empty_packets_and_the_kernel_watches_both_lines(here: World, monkeypatch) -> None:
    sent: list[int] = []
    here.start()
    with screen(here) as boris:
        boris.wait("$ ")
        monkeypatch.setattr(
            inside.SSHConnection, "_send", lambda connection, octets: transport(connection, octets, sent)
        )
        boris.type("x")
        boris.wait("x")
        # One packet to the host with the key, one to the client with its echo; window adjustments may come besides.
        assert len(sent) <= 3
        assert here.gateway is not None
        [connection] = here.gateway._connections.values()
        line = connection.get_extra_info("socket")
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 15
        boris.type("\x15exit\r")
        boris.ends()


def transport(connection, octets: bytes, sent: list[int]) -> None:  # type: ignore[no-untyped-def]
    sent.append(len(octets))
    connection._transport.write(octets)


def test_nobody_is_let_in_should_the_hook_on_asyncssh_ever_miss(here: World, monkeypatch) -> None:
    """The second factor hangs on a method of asyncssh; without it the door shuts instead of opening."""
    made = Front.connection_made

    def unhooked(front: Front, conn: asyncssh.SSHServerConnection) -> None:
        made(front, conn)
        del conn.send_userauth_success  # type: ignore[attr-defined]

    monkeypatch.setattr(Front, "connection_made", unhooked)
    here.start()
    ran = here.ssh("echo in")
    assert ran.returncode != 0 and b"in" not in ran.stdout
    assert here.desk.opened == []
