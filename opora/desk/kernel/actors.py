"""Who acts. A plain value that can be kept with what was done and shown for ever."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["staff", "contact", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """One who acts: a member of staff, a customer's contact, or the system itself (id 0)."""

    kind: Kind
    id: int
    name: str


SYSTEM = Actor("system", 0, "Opora")
