"""What is left behind on a host is found, recorded and told: a job, a key, a port; and a clean host is called clean."""

import json
from dataclasses import replace

from opora.evidence.frames import Kind
from opora.gateway.residue import difference, shortened, understood
from tests.gateway.hosts import IS_ROOT
from tests.gateway.worlds import World


def looked(here: World) -> World:
    here.settings = replace(here.settings, probe=True)
    return here.start()


def test_a_job_a_key_and_a_port_left_behind_are_found_and_told(here: World) -> None:
    looked(here)
    job = "import socket, time; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); time.sleep(99)"
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFake left@behind"
    command = (
        f'mkdir -p ~/.ssh; echo "{key}" >> ~/.ssh/authorized_keys; nohup python3 -c "{job}" > ~/port 2>&1 & sleep 1'
    )
    assert here.ssh(command).returncode == 0
    facts = here.desk.wait_told("residue")["facts"]
    port = (here.sshd.home / "port").read_text().strip()
    here.desk.wait_told("ended")
    assert here.ssh("pkill -f create_server; rm ~/.ssh/authorized_keys").returncode in (0, 255)
    left = facts["difference"]
    assert [line for line in left["keys"]["added"] if line.endswith("left@behind")]
    assert f"tcp 127.0.0.1 {port}" in left["ports"]["added"]
    assert any("create_server" in line for line in left["processes"]["added"])
    first = here.desk.opened[0]["session"]
    probes = [json.loads(frame.payload) for frame in here.frames(first) if frame.kind is Kind.PROBE]
    assert [one["moment"] for one in probes] == ["opening", "ending"]
    assert probes[1]["difference"] == left and "users" in probes[0]["found"]


def test_a_clean_session_leaves_nothing(here: World) -> None:
    looked(here)
    assert here.ssh("true").returncode == 0
    left = here.desk.wait_told("residue")["facts"]["difference"]
    assert "keys" not in left
    # Somebody without an account for the host alone shares it with whatever else he runs meanwhile.
    assert "processes" not in left or not IS_ROOT


def test_a_host_that_cannot_be_looked_at_is_said_so(here: World) -> None:
    assert understood(b"@@users\nroot\n") is None
    assert understood(b"@@users\nroot\n@@ports\ntcp 0100007F:1F90\n@@end\n") == {
        "users": ["root"],
        "ports": ["tcp 127.0.0.1 8080"],
    }


def test_the_difference_tells_what_came_and_what_went() -> None:
    before = {"users": ["a", "b"], "processes": ["1 sh"], "ports": ["x"]}
    after = {"users": ["b", "c"], "processes": ["2 nc"], "ports": ["x"]}
    assert difference(before, after) == {
        "users": {"added": ["c"], "removed": ["a"]},
        "processes": {"added": ["2 nc"]},
    }
    assert shortened({"users": [str(n) for n in range(500)]})["users"][-1] == "... 100 more"
