"""`opora demo host`: waits for the signer, sets the stage, and runs the customer's host until it is stopped."""

import sys

from opora.config.children import Stop, say_ready
from opora.config.demo.customer import stage
from opora.config.demo.customer.sshd import NoServer, Server, key_pair, program
from opora.config.settings import env
from opora.config.settings.gateway import GATEWAY_ADDRESS
from opora.config.settings.paths import OPORA_STATE
from opora.desk.kernel import clock
from opora.desk.workroom.gateway import Away, Declined, gateway
from opora.desk.workroom.models import HostEntry

PATIENCE = 60.0
NOTE = OPORA_STATE / "people" / "how-to"


def live(*, ready_fd: int = -1) -> int:
    """Run the host; without a sshd on this machine say so, and be no hindrance."""
    stop = Stop()
    stop.listen()
    NOTE.unlink(missing_ok=True)
    server: Server | None = None
    try:
        program()
        server = _begin(stop)
    except NoServer as none:
        _say(str(none))
    say_ready(ready_fd)
    stop.wait()
    if server is not None:
        server.end()
    return 0


def _begin(stop: Stop) -> Server | None:
    authority = _authority(stop)
    if not authority:
        return None
    address = env.address("OPORA_DEMO_HOST", "127.0.0.1:8422")
    server = Server(OPORA_STATE / "customer", address)
    keys = stage.keys_folder(OPORA_STATE)
    boris = key_pair(keys / "boris")
    ticket = stage.set_up(address, host_key=server.host_key, engineer_key=boris, at=clock.now())
    system = HostEntry.objects.filter(name=stage.HOST, retired_at=None, organisation=ticket.organisation_id).get()
    server.start(authority=authority, principals=stage.principals(system.system_id), stop=stop)
    host, port = GATEWAY_ADDRESS
    known = f"-o UserKnownHostsFile={keys / 'known_hosts'} -o StrictHostKeyChecking=accept-new"
    NOTE.write_text(
        f"{ticket.pk}\nssh -i {keys / 'boris'} -o IdentitiesOnly=yes {known} -p {port} {ticket.mark}.{stage.HOST}@{host}\n",
        encoding="utf-8",
    )
    return server


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
