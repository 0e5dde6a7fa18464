"""Ways round the record: each is refused, and the refusal recorded or told; or it is recorded like anything else."""

import json
import socket
import subprocess
import time
from contextlib import suppress

from opora.evidence.frames import Kind
from tests.email.mail_programs import free_port, wait_for
from tests.gateway.screens import screen
from tests.gateway.worlds import World


def denied(here: World) -> list[str]:
    return [json.loads(frame.payload)["what"] for frame in here.frames() if frame.kind is Kind.DENIED]


def test_it_refuses_local_forwarding(here: World) -> None:
    here.start()
    port = free_port()
    words, environment = here.words("-L", f"{port}:127.0.0.1:{here.sshd.port}", "-N")
    client = subprocess.Popen(words, env=environment, stderr=subprocess.PIPE)
    try:
        wait_for(port)
        with socket.create_connection(("127.0.0.1", port), timeout=30) as inner:
            inner.settimeout(30)
            assert inner.recv(100) == b""
        facts = here.desk.wait_told("denied")["facts"]
        assert facts["what"] == "direct-tcpip" and facts["detail"] == f"127.0.0.1:{here.sshd.port}"
    finally:
        client.kill()
        client.communicate()


def test_it_refuses_dynamic_forwarding_within_a_session_and_records_it(here: World) -> None:
    here.start()
    port = free_port()
    with screen(here, options=("-tt", "-D", str(port))) as boris:
        boris.wait("$ ")
        with socket.create_connection(("127.0.0.1", port), timeout=30) as inner:
            inner.settimeout(30)
            inner.sendall(b"\x05\x01\x00")
            assert inner.recv(2) == b"\x05\x00"
            inner.sendall(b"\x05\x01\x00\x01\x7f\x00\x00\x01" + here.sshd.port.to_bytes(2, "big"))
            with suppress(ConnectionError):
                answer = inner.recv(10)
                assert answer[1:2] != b"\x00" or inner.recv(100) == b""
        boris.type("exit\r")
        boris.ends()
    here.desk.wait_told("ended")
    assert denied(here) == ["direct-tcpip"]


def test_it_refuses_remote_forwarding_and_netcat_mode(here: World) -> None:
    here.start()
    ran = here.ssh(options=("-N", "-o", "ExitOnForwardFailure=yes", "-R", f"{free_port()}:127.0.0.1:1"))
    assert ran.returncode == 255 and b"remote port forwarding failed" in ran.stderr
    assert here.desk.wait_told("denied")["facts"]["what"] == "tcpip-forward"
    ran = here.ssh(options=("-W", f"127.0.0.1:{here.sshd.port}"))
    assert ran.returncode == 255 and ran.stdout == b""
    assert here.desk.wait_told("denied", times=2)["facts"]["what"] == "direct-tcpip"


def test_it_refuses_sockets_and_tunnels(here: World) -> None:
    here.start()
    remote = f"{here.folder}/inner:127.0.0.1:1"
    ran = here.ssh(options=("-N", "-o", "ExitOnForwardFailure=yes", "-R", remote))
    assert ran.returncode == 255
    assert here.desk.wait_told("denied")["facts"]["what"] == "streamlocal-forward"


def test_it_forwards_neither_agent_nor_x11(here: World) -> None:
    here.start()
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", f"{here.folder}/agent"], stdout=subprocess.DEVNULL)
    try:
        while not (here.folder / "agent").exists():
            time.sleep(0.01)
        words, environment = here.words("-A", "-X", "-Y")
        environment |= {"SSH_AUTH_SOCK": f"{here.folder}/agent", "DISPLAY": ":0"}
        ran = subprocess.run(
            [*words, "echo agent=$SSH_AUTH_SOCK display=$DISPLAY"], env=environment, capture_output=True, check=False
        )
        assert ran.stdout == b"agent= display=\n"
    finally:
        agent.kill()
        agent.wait()
    here.desk.wait_told("ended")
    assert "agent" in denied(here)


def test_it_records_a_shell_dressed_as_a_copy(here: World) -> None:
    here.start()
    with screen(here, "scp -t /dev/null; bash -i") as boris:
        boris.wait(b"\x00")
        boris.type("\x04")
        boris.wait("$ ")
        boris.type("echo smuggled-$((40+2))\r")
        boris.wait("smuggled-42")
        boris.type("exit\r")
        boris.ends()
    here.desk.wait_told("ended")
    assert b"smuggled-42" in here.recorded(Kind.OUTPUT) and b"echo smuggled" in here.typed()
    assert b"scp -t /dev/null; bash -i" in here.recorded(Kind.HEADER)


def test_it_records_a_command_without_a_terminal_and_a_shell_within(here: World) -> None:
    here.start()
    ran = here.ssh("bash -s", given=b"echo from-$((1+1))\nexit 4\n")
    assert ran.returncode == 4 and ran.stdout == b"from-2\n"
    here.desk.wait_told("ended")
    assert here.typed() == b"echo from-$((1+1))\nexit 4\n" and here.recorded(Kind.OUTPUT) == b"from-2\n"


def test_it_records_a_way_on_to_another_host_like_anything_else(here: World) -> None:
    here.start()
    inner = f"ssh -o BatchMode=yes -o StrictHostKeyChecking=no -p {here.sshd.port} nobody@127.0.0.1 true"
    ran = here.ssh(f"{inner}; echo code $?")
    assert b"code 255" in ran.stdout
    here.desk.wait_told("ended")
    assert b"Permission denied" in here.recorded(Kind.ERROR_OUTPUT) and b"ssh -o BatchMode" in here.recorded(
        Kind.HEADER
    )


def test_it_copies_by_the_old_scp_as_a_recorded_command(here: World) -> None:
    here.start()
    file = here.folder / "blob"
    file.write_bytes(bytes(range(256)) * 400)
    words, environment = here.words()
    options = [word for word in words[1:-1] if word not in ("-p",)]
    port = options.pop(-1)
    for source, target in ((str(file), "T-1042.web1@127.0.0.1:blob"), ("T-1042.web1@127.0.0.1:blob", f"{file}.back")):
        ran = subprocess.run(
            ["scp", "-q", "-O", *options, "-P", port, source, target], env=environment, capture_output=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
    assert (here.folder / "blob.back").read_bytes() == file.read_bytes()
    first, second = (here.desk.wait_told("ended", times=times)["session"] for times in (1, 2))
    assert file.read_bytes() in here.typed(first) and file.read_bytes() in here.recorded(Kind.OUTPUT, second)


def test_it_gives_no_other_subsystem(here: World) -> None:
    here.start()
    ran = here.ssh("netconf", options=("-s",))
    assert ran.returncode != 0
    assert here.desk.wait_told("denied")["facts"] | {"from": ""} == {
        "ticket": "T-1042",
        "staff": 3,
        "what": "subsystem",
        "detail": "netconf",
        "from": "",
    }


def test_the_host_itself_refuses_forwarding_to_our_certificate(here: World) -> None:
    """Should the gateway ever ask the host for a forwarding, the certificate does not allow it."""
    import asyncssh

    from opora.gateway.agreements import Agreement
    from opora.gateway.hosts import dial
    from opora.gateway.proving import Key

    async def ask() -> str:
        key = Key()
        key.certified(here.authority.answer({"public_key": key.public, "session": "x"})["certificate"])
        connection = await dial(Agreement.from_text(here.desk.agreement).hosts[0], key, language="en")
        try:
            await connection.open_connection("127.0.0.1", here.sshd.port)
        except asyncssh.ChannelOpenError as error:
            return str(error)
        finally:
            connection.close()
        return "opened"

    here.start()
    assert here.within(ask()) == "open failed"
    assert "refused local port forward" in here.sshd.said()
