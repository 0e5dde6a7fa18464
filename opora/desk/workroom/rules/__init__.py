"""The decisions of this room. Pure: no Django, no database, no clock."""

from opora.desk.workroom.rules.agreement import Confirmed, HostFacts, Made, level_login, write_agreement
from opora.desk.workroom.rules.keys import NoKey, PublicKey, read_public_key, read_sealing_key
from opora.desk.workroom.rules.setup import (
    Gateway,
    SetUp,
    key_example,
    key_lines,
    sources_of,
    tunnel_lines,
    ways_in,
)

__all__ = [
    "Confirmed",
    "Gateway",
    "HostFacts",
    "Made",
    "NoKey",
    "PublicKey",
    "SetUp",
    "key_example",
    "key_lines",
    "level_login",
    "read_public_key",
    "read_sealing_key",
    "sources_of",
    "tunnel_lines",
    "ways_in",
    "write_agreement",
]
