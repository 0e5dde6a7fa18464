"""What those who watch and steer want of a session, and who may take back which pause.

What one side has paused only that side lets go on; and who works lets go on only what he has paused himself.
"""

from typing import TYPE_CHECKING

from opora.gateway.door import Facts
from opora.gateway.session import by

if TYPE_CHECKING:
    from opora.gateway.seams import Hub
    from opora.gateway.session import Session

CUSTOMERS, OURS = "viewer", "staff"
"""The reasons of a pause that somebody pressed: one of the customer's, or one of ours."""


async def obey(session: "Session", hub: "Hub") -> None:
    """Do what those who watch want, for as long as the session runs."""
    async for order in hub.orders(session.hex):
        who, why = by(order.get("by")), str(order.get("why") or "")
        match order.get("do"):
            case "pause":
                session.pause(side(who), by=who, why=why)
            case "resume" if may_go_on(session, who):
                session.resume(side(who), by=who, why=why)
            case "stop":
                session.end("stop", by=who, why=why)
            case "question":
                session.ask(str(order.get("text") or ""), by=who)
            case "viewer":
                session.viewed(dict(order["viewer"]), str(order["event"]))


def side(who: Facts) -> str:
    """Return the reason under which this one pauses."""
    return OURS if who.get("kind") == "staff" else CUSTOMERS


def may_go_on(session: "Session", who: Facts) -> bool:
    """Whether this one may take the pause of its side back."""
    paused = session.reasons.get(side(who))
    at_work = f"staff:{session.staff.id}"
    return paused is None or who.get("id") != at_work or paused.get("id") == at_work
