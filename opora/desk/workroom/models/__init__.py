"""The nouns of this room. None of them is ever deleted; what was agreed, seen or said never changes."""

from opora.desk.workroom.models.agreeing import Agreement, EngineerKey, HostEntry, SealingKey
from opora.desk.workroom.models.outcome import Choice, RepairOrder, Summary, WorkTime
from opora.desk.workroom.models.roads import Tunnel, TunnelWord, WindowLine
from opora.desk.workroom.models.sessions import Denial, GatewayOrder, Look, SessionEvent, ViewingLink, WorkSession

__all__ = [
    "Agreement",
    "Choice",
    "Denial",
    "EngineerKey",
    "GatewayOrder",
    "HostEntry",
    "Look",
    "RepairOrder",
    "SealingKey",
    "SessionEvent",
    "Summary",
    "Tunnel",
    "TunnelWord",
    "ViewingLink",
    "WindowLine",
    "WorkSession",
    "WorkTime",
]
