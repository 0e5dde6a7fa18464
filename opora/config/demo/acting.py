"""The demo's own processes: filling the desk once, and being the world outside while it runs."""

import sys

from opora.config.children import Stop, say_ready
from opora.config.demo import fill as filling
from opora.config.settings import env
from opora.desk.customers.models import Organisation
from opora.desk.kernel import clock
from opora.desk.people.models import Account

PROGRESS_EVERY = 3.0


def fill_if_empty() -> int:
    """Fill the desk when nobody works there; 1 when it is somebody else's desk."""
    if not filling.is_empty():
        ours = Account.objects.filter(email="anna@borea.example").exists() and Organisation.objects.exists()
        if not ours:
            _say("this desk is in use and is not the demo's; the demo needs an empty one (set OPORA_STATE).")
        return 0 if ours else 1
    began = last = clock.monotonic()

    def progress(done: int, of: int) -> None:
        nonlocal last
        if clock.monotonic() - last >= PROGRESS_EVERY:
            last = clock.monotonic()
            _say(f"living through ninety days: {min(99, 100 * done // of)} %")

    _say("filling an empty desk with Borea Cloud (about half a minute, once)")
    made = filling.fill(at=clock.now(), progress=progress)
    _say(
        f"{made.colleagues} colleagues, {made.customers} customers, {made.tickets} tickets ({made.live} live) "
        f"in {clock.monotonic() - began:.0f} s"
    )
    return 0


def live(*, ready_fd: int = -1) -> int:
    """Catch the desk's letters and, unless OPORA_DEMO_STILL is set, write to it now and then; until SIGTERM."""
    host, port = env.address("OPORA_DEMO_CATCHER", "127.0.0.1:0")
    stop = Stop()
    stop.listen()
    from opora.config.demo.living import Customers
    from opora.desk.channels.email.catcher import Catcher

    catcher = Catcher(host, port)
    catcher.start()
    say_ready(ready_fd)
    if env.switch("OPORA_DEMO_STILL"):
        stop.wait()
    else:
        Customers(stop).live()
    catcher.stop()
    return 0


def _say(what: str) -> None:
    sys.stderr.write(f"demo      {what}\n")
    sys.stderr.flush()
