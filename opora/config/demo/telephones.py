"""The demo's exchange: it has no wires, the page `/demo/phone/` rings it."""

from datetime import datetime

from opora.config.demo.provider import Provider
from opora.desk.channels.phone import actions as phone
from opora.desk.web.catcher.telephone import EXCHANGE, token

SEATS = (("101", "vera"), ("102", "gleb"))


def wire(provider: Provider, *, at: datetime) -> None:
    """Connect it, and seat the operators."""
    known = {"name": EXCHANGE, "preset": "generic", "region": "RU", "secret": "", "token": token()}
    exchange, _token = phone.connect(**known, by=provider.staff["hanna"], at=at)
    for extension, who in SEATS:
        phone.seat(exchange, extension=extension, staff=provider.staff[who])
