"""What is known about a ticket when it goes from hand to hand: the notes that were left, and a draft of the next one."""

from opora.desk.tickets.models import Handoff, Message, Note, Ticket
from opora.desk.tickets.rules import Known

LONGEST_PIECE = 600
MOST_PIECES = 12


def known_so_far(ticket: Ticket) -> Known:
    """A draft for the next note, from the ticket: the customer's last words, what we said and noted since the last
    hand-off, and the last suspicion. Three statements; for forms, which people then write on."""
    last = Handoff.objects.filter(ticket=ticket).exclude(kind=Handoff.Kind.CLOSE).order_by("-pk").first()
    words = Message.objects.filter(ticket=ticket, author_contact__isnull=False, automatic=False).order_by("-at", "-pk")
    asked = words.values_list("text", flat=True).first() or ticket.subject
    return Known(_short(asked, 1500), "\n".join(_tried(ticket, last)), last.suspected if last else "")


def _tried(ticket: Ticket, last: Handoff | None) -> list[str]:
    said = Message.objects.filter(ticket=ticket, author_staff__isnull=False)
    noted = Note.objects.filter(ticket=ticket, author_staff__isnull=False)
    columns = ("at", "author_staff__name", "text")
    pieces: list[tuple[object, str, str]] = []
    for rows in (said, noted):
        since = rows.filter(at__gt=last.at) if last else rows
        pieces += since.order_by("-at", "-pk").values_list(*columns)[:MOST_PIECES]
    pieces.sort(key=lambda piece: str(piece[0]))
    return [f"{name}: {_short(text, LONGEST_PIECE)}" for _at, name, text in pieces[-MOST_PIECES:]]


def _short(text: str, longest: int) -> str:
    clean = text.strip()
    return clean if len(clean) <= longest else f"{clean[: longest - 1].rstrip()}…"


def handoffs_of(ticket: Ticket) -> list[Handoff]:
    """Every note that was left when the ticket went on or was closed, in order, with names."""
    rows = Handoff.objects.filter(ticket=ticket).select_related("by", "from_line", "to_line")
    return list(rows.order_by("pk"))
