"""Who we are in letters and the keys that sign them."""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

from .models import Mailbox
from .tokens import derive_key


@dataclass(frozen=True, slots=True)
class Desk:
    """One of our addresses as it signs a letter, in the reader's language."""

    address: str
    name: str
    signature: str = ""
    acknowledgement: str = ""

    @property
    def domain(self) -> str:
        """The domain of the address."""
        return self.address.rpartition("@")[2]


def desk(box: Mailbox | None, language: str) -> Desk:
    """The mailbox as it writes in this language; the main address when it is None."""
    if box is None:
        return Desk(mailbox(), display_name())
    if language.startswith("ru"):
        return Desk(box.address, box.name, box.signature_ru, box.acknowledgement_ru)
    return Desk(box.address, box.name, box.signature_en, box.acknowledgement_en)


def addresses() -> frozenset[str]:
    """All our addresses, lower case. One statement."""
    return frozenset({mailbox(), *Mailbox.objects.filter(active=True).values_list("address", flat=True)})


def mailbox() -> str:
    """Our address, lower case."""
    return str(settings.OPORA_MAIL_ADDRESS)


def domain() -> str:
    """The domain of our address."""
    return mailbox().rpartition("@")[2]


def display_name() -> str:
    """The name our letters come from."""
    return str(settings.OPORA_MAIL_NAME)


def token_key() -> bytes:
    """The key of the signed tokens."""
    return _key(settings.SECRET_KEY, "token")


def bounce_key() -> bytes:
    """The key of the bounce addresses."""
    return _key(settings.SECRET_KEY, "bounce")


def vendor_key() -> bytes:
    """The key of the addresses vendors answer to."""
    return _key(settings.SECRET_KEY, "vendor")


def loop_mark() -> str:
    """What our own letters carry, so that we know them when they come back; differs between installations."""
    return _key(settings.SECRET_KEY, "loop").hex()[:24]


@lru_cache(8)
def _key(secret: str, purpose: str) -> bytes:
    return derive_key(secret, purpose)
