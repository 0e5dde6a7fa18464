"""Files on their way in. What cannot be sent now (a word is missing, say) is kept and named, so nothing is chosen twice.

Kept files travel through the form as signed marks that are good for a day and only for the person who sent them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opora.desk.customers.models import Contact
from opora.desk.kernel import files as kernel_files
from opora.desk.kernel.models import StoredFile
from opora.desk.tickets.actions import NewFile

MOST_FILES = 20
LARGEST_TOGETHER = 30 * 1024 * 1024
GOOD_FOR = timedelta(days=1)
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """A file kept for the next try: its name, and the mark the form carries."""

    name: str
    mark: str


@dataclass(slots=True)
class Uploads:
    """What came with a form: files that may go on, and what is wrong with the others."""

    files: list[NewFile] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def gather(request: HttpRequest, person: Contact) -> Uploads:
    """The files of this form: those kept from an earlier try, then the newly chosen ones, within the limits."""
    found = Uploads()
    found.files.extend(_kept_before(request.POST.getlist("kept"), person))
    together = sum(len(file.content) for file in found.files)
    for sent in request.FILES.getlist("files"):
        name = kernel_files.safe_name(sent.name or "")
        size = sent.size or 0
        if size > settings.OPORA_LARGEST_FILE:
            found.problems.append(_too_large(name))
        elif together + size > LARGEST_TOGETHER:
            found.problems.append(
                _("“%(name)s” was left out: all files together may have 30 MB. Send it with your next message.")
                % {"name": name}
            )
        elif len(found.files) >= MOST_FILES:
            found.problems.append(_too_many(name))
        else:
            together += size
            found.files.append(NewFile(name=name, type=sent.content_type or "", content=sent.read()))
    return found


def keep(files: Sequence[NewFile], person: Contact, *, at: datetime) -> list[Kept]:
    """The same files, kept for the next try of the form."""
    return [
        Kept(
            file.name,
            signing.dumps(
                {"file": kernel_files.keep(file.content, declared_type=file.type, at=at).pk, "name": file.name},
                salt=_salt(person),
            ),
        )
        for file in files
    ]


def _kept_before(marks: Sequence[str], person: Contact) -> list[NewFile]:
    said = []
    for mark in marks[:MOST_FILES]:
        try:
            said.append(signing.loads(mark, salt=_salt(person), max_age=GOOD_FOR))
        except signing.BadSignature:
            continue
    rows = StoredFile.objects.in_bulk([one["file"] for one in said]) if said else {}
    return [
        NewFile(name=one["name"], type=rows[one["file"]].type, content=kernel_files.read(rows[one["file"]]))
        for one in said
        if one["file"] in rows
    ]


def _salt(person: Contact) -> str:
    return f"opora.portal.kept.{person.pk}"


def _too_large(name: str) -> str:
    limit = settings.OPORA_LARGEST_FILE // MEGABYTE
    said = _("“%(name)s” is larger than %(limit)s MB and was left out. Send a smaller one, or a link to it.")
    return said % {"name": name, "limit": limit}


def _too_many(name: str) -> str:
    said = ngettext(
        "“%(name)s” was left out: one message takes %(most)s file.",
        "“%(name)s” was left out: one message takes %(most)s files.",
        MOST_FILES,
    )
    return said % {"name": name, "most": MOST_FILES}
