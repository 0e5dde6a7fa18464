"""The gateway to customers' systems as the desk meets it: where it listens and keeps its state, whose keys open what is typed."""

from pathlib import Path

from opora.config.settings import env
from opora.config.settings.paths import OPORA_STATE
from opora.config.settings.web import OPORA_SITE_URL

OPORA_GATEWAY_LISTEN = env.text("OPORA_GATEWAY_LISTEN")
if OPORA_GATEWAY_LISTEN:
    env.address("OPORA_GATEWAY_LISTEN", "")
OPORA_GATEWAY_STATE = Path(env.text("OPORA_GATEWAY_STATE", str(OPORA_STATE / "gateway"))).expanduser().absolute()
OPORA_GATEWAY_GROUP = env.text("OPORA_GATEWAY_GROUP")
OPORA_GATEWAY_SECRET = env.secret("OPORA_GATEWAY_SECRET")
OPORA_GATEWAY_TERMINAL = env.switch("OPORA_GATEWAY_TERMINAL", default=True)
OPORA_GATEWAY_ADDRESS = env.text("OPORA_GATEWAY_ADDRESS")
OPORA_GATEWAY_EGRESS = env.words("OPORA_GATEWAY_EGRESS")
OPORA_ESCROW_KEYS = env.words("OPORA_ESCROW_KEYS")


def public_address(chosen: str, listen: str, site: str) -> tuple[str, int]:
    """Return host and port by which engineers reach the gateway: as chosen, else the site's host and the port listened on."""
    from urllib.parse import urlsplit

    host, _, port = (
        chosen or f"{urlsplit(site).hostname or 'localhost'}:{listen.rpartition(':')[2] or 22}"
    ).rpartition(":")
    if not port.isdecimal():
        raise env.BadSetting(f"OPORA_GATEWAY_ADDRESS must be host:port, not {chosen!r}.")
    return host.strip("[]"), int(port)


GATEWAY_ADDRESS = public_address(OPORA_GATEWAY_ADDRESS, OPORA_GATEWAY_LISTEN, OPORA_SITE_URL)
