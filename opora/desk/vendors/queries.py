"""Questions about cases at vendors."""

from collections.abc import Iterable

from opora.desk.people.models import Staff
from opora.desk.tickets.models import MessageFile, NoteFile, Ticket
from opora.desk.vendors import states
from opora.desk.vendors.models import VendorCase, VendorWord
from opora.desk.vendors.policies import visible_cases


def open_cases(staff: Staff) -> list[VendorCase]:
    """Every case that is not settled, the oldest first."""
    return list(visible_cases(staff).exclude(state=states.CLOSED).order_by("opened_at", "pk"))


def words_of(case: VendorCase) -> list[VendorWord]:
    """Everything that was said, in order."""
    return list(case.words.select_related("author").prefetch_related("files").order_by("at", "pk"))


def files_of(ticket: Ticket) -> dict[str, MessageFile | NoteFile]:
    """Every file of the ticket, said publicly or noted, by a mark of its own, the newest first: a letter may carry them."""
    said = MessageFile.objects.filter(message__ticket=ticket, inline=False).select_related("file", "message")
    noted = NoteFile.objects.filter(note__ticket=ticket).select_related("file", "note")
    found = [(one.message.at, f"m{one.pk}", one) for one in said] + [(one.note.at, f"n{one.pk}", one) for one in noted]
    return {mark: one for _at, mark, one in sorted(found, key=lambda row: (row[0], row[1]), reverse=True)}


def open_cases_of(ticket: Ticket) -> list[VendorCase]:
    """The ticket's cases that are not settled."""
    return list(VendorCase.objects.filter(ticket=ticket).exclude(state=states.CLOSED).order_by("pk"))


def case_answered(mail_ids: Iterable[str], vendor_id: int) -> VendorCase | None:
    """The case of this vendor to which one of the letters belongs."""
    word = VendorWord.objects.filter(mail_id__in=list(mail_ids), case__vendor=vendor_id).order_by("-pk").first()
    return word.case if word else None


def case_numbered(subject: str, vendor_id: int) -> VendorCase | None:
    """The newest case of this vendor whose number, theirs or ours (V-17), stands in the subject."""
    said = subject.casefold()
    rows = VendorCase.objects.filter(vendor=vendor_id).order_by("-pk")[:500]
    return next((one for one in rows if _stands(one, said)), None)


def letters_of(case: VendorCase) -> list[str]:
    """The ids of the case's letters, in order."""
    return list(case.words.exclude(mail_id="").order_by("pk").values_list("mail_id", flat=True))


def _stands(case: VendorCase, said: str) -> bool:
    ours = f"[{case.mark}]".casefold() in said
    return ours or (len(case.number) >= 4 and case.number.casefold() in said)
