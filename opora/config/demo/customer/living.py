"""`opora demo host`: waits for the signer, sets the stage, and runs the customer's host until it is stopped."""

import json
import shlex
import sys
from pathlib import Path

from opora.config.children import Stop, say_ready
from opora.config.demo.customer import stage
from opora.config.demo.customer.programs import candidates
from opora.config.demo.customer.sshd import HOST, NoServer, Server, beyond_loopback, key_pair, login
from opora.config.settings import env
from opora.config.settings.paths import OPORA_STATE
from opora.config.settings.web import OPORA_LISTEN
from opora.desk.kernel import clock
from opora.desk.workroom.gateway import Away, Declined, gateway
from opora.desk.workroom.models import HostEntry

PATIENCE = 60.0
NOTE = OPORA_STATE / "people" / "how-to"
SSH = """# The way to the demo's gateway for Boris: ssh -F THIS-FILE TICKET.HOST@gateway
Host gateway
    HostName {host}
    Port {port}
    IdentityFile "{keys}/boris"
    IdentitiesOnly yes
    UserKnownHostsFile "{keys}/known_hosts"
    StrictHostKeyChecking accept-new
"""


def live(*, ready_fd: int = -1) -> int:
    """Run the host; where there can be none say so, and be no hindrance."""
    stop = Stop()
    stop.listen()
    NOTE.unlink(missing_ok=True)
    server: Server | None = None
    try:
        server = _begin(stop)
    except NoServer as none:
        _say(str(none))
    say_ready(ready_fd)
    stop.wait()
    if server is not None:
        server.end()
    return 0


def _begin(stop: Stop) -> Server | None:
    """Start the host and note how it is reached. Raises NoServer."""
    entrance = env.address("OPORA_GATEWAY_LISTEN", "127.0.0.1:8422")
    if outside := beyond_loopback(OPORA_LISTEN[0], entrance[0]):
        raise NoServer(
            f"no host to work on: this demo listens on {outside}, and a shell of this machine is given to nobody beyond it"
        )
    address = env.address("OPORA_DEMO_HOST", "127.0.0.1:8423")
    server = Server(OPORA_STATE / "customer", address)
    authority = _authority(stop)
    if not authority:
        return None
    keys = stage.keys_folder(OPORA_STATE)
    ticket = stage.set_up(address, host_key=server.host_key, engineer_key=key_pair(keys / "boris"), at=clock.now())
    system = HostEntry.objects.filter(name=HOST, retired_at=None, organisation=ticket.organisation_id).get()
    programs = candidates(at=clock.now(), say=_say)
    names = stage.principals(system.system_id)
    program = server.start(programs, authority=authority, principals=names, stop=stop)
    if program is None:
        return None
    told = {"ticket": ticket.pk, "ssh": _ssh_line(keys, entrance, f"{ticket.mark}.{HOST}")}
    NOTE.write_text(json.dumps(told | {"host": f"{program.name}, as {login()}"}), encoding="utf-8")
    return server


def _ssh_line(keys: Path, entrance: tuple[str, int], name: str) -> str:
    """What Boris types; his key and the gateway's address stand in a file of OpenSSH's own form."""
    place = keys / "ssh_config"
    written = {"host": entrance[0], "port": entrance[1], "keys": str(keys).replace("%", "%%")}
    place.write_text(SSH.format(**written), encoding="utf-8")
    return f"ssh -F {shlex.quote(str(place))} {name}@gateway"


def _authority(stop: Stop) -> str:
    """The signer's public key; it starts at the same time as we do."""
    end = clock.monotonic() + PATIENCE
    while clock.monotonic() < end:
        try:
            return gateway().authority()
        except (Away, Declined):
            if stop.wait(0.2):
                return ""
    _say("the signer does not answer; there is no host to work on")
    return ""


def _say(what: str) -> None:
    sys.stderr.write(f"demo      {what}\n")
    sys.stderr.flush()
