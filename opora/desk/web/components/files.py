"""Attachments on the wire: addresses that cannot be guessed, doors asked again, nothing active on our own origin.

An address is signed for one kept file, and still answers only somebody who may see its ticket. Everything goes out as
a download under a sandboxed content policy; only pictures judged safe from their own bytes may be shown in place.
"""

from collections.abc import Iterable
from typing import Any, cast

from django.core import signing
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from opora.desk.customers.models import Contact
from opora.desk.kernel.errors import NotHere
from opora.desk.kernel.files import SAFE_IMAGES
from opora.desk.people.models import Staff
from opora.desk.tickets.actions import NewFile
from opora.desk.tickets.models import MessageFile, NoteFile
from opora.desk.tickets.policies import visible_to, visible_to_contact
from opora.desk.web.components.doors import DeskRequest

SALT = "opora.files"
SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'none'"


def address(file: MessageFile | NoteFile) -> str:
    """Where a person who may see the ticket gets this file."""
    return internal_address(file.pk, file.name) if isinstance(file, NoteFile) else public_address(file.pk, file.name)


def public_address(number: int, name: str) -> str:
    """The address of a public message's file."""
    return _address(f"m{number}", name)


def internal_address(number: int, name: str) -> str:
    """The address of an internal note's file; it never opens for a customer."""
    return _address(f"n{number}", name)


def _address(mark: str, name: str) -> str:
    token = signing.Signer(salt=SALT).sign(mark).replace(":", "~")
    return reverse("look:file", args=[token, name])


def shown_in_place(file: MessageFile | NoteFile) -> bool:
    """True for pictures that a page may show by itself."""
    return file.file.type in SAFE_IMAGES


def taken_from(request: HttpRequest, field: str = "files") -> list[NewFile]:
    """The files sent with a form, ready for the actions of `tickets`."""
    sent: Iterable[Any] = request.FILES.getlist(field)
    return [NewFile(one.name or "file", one.content_type or "", one.read()) for one in sent]


@require_safe
def serve(request: HttpRequest, token: str, name: str) -> HttpResponseBase:  # noqa: ARG001
    """The file, for somebody who may see its ticket. Raises NotHere for everybody else, and when the storage lost it."""
    file = _opened(request, token)
    inline = shown_in_place(file)
    try:
        content = default_storage.open(file.file.place, "rb")
    except FileNotFoundError as lost:
        raise NotHere from lost
    answer = FileResponse(content, content_type=file.file.type)
    disposition = content_disposition_header(not inline, file.name)
    if disposition:
        answer["Content-Disposition"] = disposition
    answer["Content-Security-Policy"] = SANDBOX
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    answer["Cache-Control"] = "private, max-age=86400, immutable"
    return answer


def _opened(request: HttpRequest, token: str) -> MessageFile | NoteFile:
    try:
        said = signing.Signer(salt=SALT).unsign(token.replace("~", ":"))
    except signing.BadSignature as problem:
        raise NotHere from problem
    desk = cast(DeskRequest, request)
    kind, number = said[0], int(said[1:])
    file: MessageFile | NoteFile | None = None
    if desk.staff is not None:
        file = _for_staff(desk.staff, kind, number)
    elif desk.contact is not None and kind == "m":
        file = _for_contact(desk.contact, number)
    if file is None:
        raise NotHere
    return file


def _for_staff(staff: Staff, kind: str, number: int) -> MessageFile | NoteFile | None:
    seen = visible_to(staff)
    if kind == "n":
        return NoteFile.objects.select_related("file").filter(pk=number, note__ticket__in=seen).first()
    return MessageFile.objects.select_related("file").filter(pk=number, message__ticket__in=seen).first()


def _for_contact(contact: Contact, number: int) -> MessageFile | None:
    seen = visible_to_contact(contact)
    return MessageFile.objects.select_related("file").filter(pk=number, message__ticket__in=seen).first()
