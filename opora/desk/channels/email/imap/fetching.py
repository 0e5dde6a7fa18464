"""One pass over a mailbox: store what is new, then mark or move it. By uid alone; what others have read or marked is no matter.

A letter is stored and its uid written down in one transaction, and only then touched on the server. Whatever dies in
between: it is stored once, and marked the next time.
"""

import logging
import ssl
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from imapclient import IMAPClient  # type: ignore[import-untyped]
from imapclient.exceptions import IMAPClientError  # type: ignore[import-untyped]

from opora.desk.channels.email.models import FetchedLetter, Mailbox
from opora.desk.channels.email.receive import Arrived, store

from .signing_in import Door

log = logging.getLogger("opora.mail")

PATIENCE = 60
TOGETHER = 20
TOGETHER_OCTETS = 16 * 1024 * 1024
UNFINISHED_AT_ONCE = 500


def connect(box: Mailbox, door: Door, *, at: datetime) -> IMAPClient:
    """A connection that is signed in. Raises NotLetIn, OSError, IMAPClientError."""
    context = ssl.create_default_context()
    tls = box.security == Mailbox.Security.TLS
    client = IMAPClient(
        box.host, box.port, ssl=tls, ssl_context=context if tls else None, timeout=PATIENCE, use_uid=True
    )
    try:
        if box.security == Mailbox.Security.STARTTLS:
            client.starttls(context)
        door.sign_in(client, box, at=at)
    except BaseException:
        client.shutdown()
        raise
    return client


def fetch(client: IMAPClient, box: Mailbox, *, at: datetime) -> int:
    """Store what is new in the mailbox's folder; returns how many letters. Raises IMAPClientError, OSError, DatabaseError.

    A letter that cannot be had is kept back and tried again the next time; the others go on.
    """
    folder = client.select_folder(box.folder)
    _settle_validity(box, int(folder[b"UIDVALIDITY"]), int(folder.get(b"UIDNEXT", 0)))
    _finish(client, box, _unfinished(client, box))
    known = box.uids_known
    new = sorted(uid for uid in client.search(["UID", f"{known + 1}:*"]) if uid > known)
    stored = 0
    again = list(box.kept_back)
    for uid in again:
        stored += _take(client, box, [uid], at)
    for group in _groups(client, new):
        stored += _take(client, box, group, at)
    return stored


def _settle_validity(box: Mailbox, validity: int, next_uid: int) -> None:
    """Uids mean something only under one UIDVALIDITY (RFC 9051 section 2.3.1.1). Under a new one everything is taken again:
    copies are recognised by their content, and a letter lost would be worse."""
    if box.uid_validity == validity:
        return
    first_time = box.uid_validity is None
    box.uids_known = max(0, next_uid - 1) if first_time and not box.with_old else 0
    box.uid_validity, box.kept_back = validity, []
    box.save(update_fields=["uid_validity", "uids_known", "kept_back"])
    if not first_time:
        log.warning("mailbox %s has a new UIDVALIDITY; its letters are looked at again", box.pk)


def _groups(client: IMAPClient, uids: Sequence[int]) -> list[list[int]]:
    """The uids in groups that are fetched together: neither many nor large."""
    groups: list[list[int]] = []
    octets = 0
    for start in range(0, len(uids), 500):
        sizes = client.fetch(uids[start : start + 500], ["RFC822.SIZE"])
        for uid in uids[start : start + 500]:
            size = int(sizes.get(uid, {}).get(b"RFC822.SIZE", 0))
            if not groups or len(groups[-1]) >= TOGETHER or octets + size > TOGETHER_OCTETS:
                groups.append([])
                octets = 0
            groups[-1].append(uid)
            octets += size
    return groups


def _take(client: IMAPClient, box: Mailbox, uids: list[int], at: datetime) -> int:
    """Store these letters and finish with them; each alone when they do not go together."""
    try:
        letters = _read(client, uids)
        _store(box, uids, letters, at)
    except (IntegrityError, IMAPClientError, ValueError) as trouble:
        if isinstance(trouble, client.AbortError):
            raise
        if len(uids) > 1:
            return sum(_take(client, box, [uid], at) for uid in uids)
        _keep_back(box, uids[0], trouble)
        return 0
    _finish(client, box, [uid for uid, _, _ in letters])
    return len(letters)


def _read(client: IMAPClient, uids: list[int]) -> list[tuple[int, bytes, int]]:
    """(uid, octets, octets left out) of those that are still there; of a letter that is too large only its header."""
    sizes = client.fetch(uids, ["RFC822.SIZE"])
    limit = settings.OPORA_LARGEST_LETTER
    whole = [uid for uid in uids if uid in sizes and int(sizes[uid][b"RFC822.SIZE"]) <= limit]
    large = [uid for uid in uids if uid in sizes and uid not in whole]
    found: dict[int, Any] = {}
    if whole:
        found |= client.fetch(whole, ["BODY.PEEK[]"])
    letters = [(uid, bytes(found[uid][b"BODY[]"]), 0) for uid in whole if found.get(uid, {}).get(b"BODY[]") is not None]
    if large:
        heads = client.fetch(large, ["BODY.PEEK[HEADER]"])
        for uid in large:
            head = bytes(heads[uid][b"BODY[HEADER]"])[: 256 * 1024]
            letters.append((uid, head, max(1, int(sizes[uid][b"RFC822.SIZE"]) - len(head))))
    return sorted(letters)


@transaction.atomic
def _store(box: Mailbox, uids: list[int], letters: list[tuple[int, bytes, int]], at: datetime) -> None:
    validity = box.uid_validity or 0
    had = FetchedLetter.objects.filter(mailbox=box, uid_validity=validity, uid__in=uids)
    known = set(had.values_list("uid", flat=True))
    new = [one for one in letters if one[0] not in known]
    arrived = [
        Arrived(raw, "imap", "", [box.address], f"imap:{box.pk}/{box.uid_validity}/{uid}", left_out=left_out)
        for uid, raw, left_out in new
    ]
    keys = store(arrived, at=at)
    FetchedLetter.objects.bulk_create(
        FetchedLetter(mailbox=box, uid_validity=validity, uid=uid, raw_id=key)
        for (uid, _, _), key in zip(new, keys, strict=True)
    )
    box.uids_known = max(box.uids_known, *uids)
    box.kept_back = [uid for uid in box.kept_back if uid not in uids]
    fields: dict[str, Any] = {"uids_known": box.uids_known, "kept_back": box.kept_back}
    if new:
        fields["letter_at"] = at
    Mailbox.objects.filter(pk=box.pk).update(**fields)


def _keep_back(box: Mailbox, uid: int, trouble: Exception) -> None:
    log.error("letter %s of mailbox %s cannot be had: %s", uid, box.pk, trouble)
    box.uids_known = max(box.uids_known, uid)
    box.kept_back = sorted({*box.kept_back, uid})
    Mailbox.objects.filter(pk=box.pk).update(uids_known=box.uids_known, kept_back=box.kept_back)


def _unfinished(client: IMAPClient, box: Mailbox) -> list[int]:
    """Letters we have stored but somebody died before marking or moving them."""
    if not box.uids_known:
        return []
    asked: list[Any] = ["UID", f"1:{box.uids_known}"]
    if box.afterwards == Mailbox.Afterwards.MARK:
        asked = ["UNSEEN", *asked]
    there = client.search(asked)[-UNFINISHED_AT_ONCE:]
    mine = FetchedLetter.objects.filter(mailbox=box, uid_validity=box.uid_validity or 0, uid__in=there)
    return list(mine.order_by("uid").values_list("uid", flat=True))


def _finish(client: IMAPClient, box: Mailbox, uids: Sequence[int]) -> None:
    """What is stored is marked as read, or moved."""
    if not uids:
        return
    if box.afterwards == Mailbox.Afterwards.MARK:
        client.add_flags(uids, [b"\\Seen"], silent=True)
        return
    if not client.folder_exists(box.moved_to):
        client.create_folder(box.moved_to)
    if client.has_capability("MOVE"):
        client.move(uids, box.moved_to)
    else:
        client.copy(uids, box.moved_to)
        client.delete_messages(uids, silent=True)
        if client.has_capability("UIDPLUS"):
            client.uid_expunge(uids)
