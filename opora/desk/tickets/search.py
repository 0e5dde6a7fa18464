"""The words a ticket is found by, in Russian and English, and finding by them.

PostgreSQL's `russian` configuration stems Latin words as English, so one vector serves both languages. Writing adds
words as they come; nothing is counted twice when an entry is rebuilt.
"""

from collections.abc import Mapping, Sequence

from django.db import connection
from django.db.models import Max, QuerySet

from opora.desk.tickets.models import SearchEntry, Ticket

LONGEST = 100_000
WALK = 20_000

_BEGIN = """
    insert into tickets_searchentry (ticket_id, words, note_words)
    values (%s, setweight(to_tsvector('russian', %s), 'A') || setweight(to_tsvector('russian', %s), 'B')
                || to_tsvector('russian', %s), ''::tsvector)
    on conflict (ticket_id) do update set words = excluded.words, note_words = excluded.note_words
"""
_BEGIN_MANY = """
    insert into tickets_searchentry (ticket_id, words, note_words)
    select ticket, setweight(to_tsvector('russian', subject), 'A') || setweight(to_tsvector('russian', people), 'B')
           || to_tsvector('russian', said), ''::tsvector
    from unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) as entry (ticket, subject, people, said)
"""
_ADD_MANY = """
    update tickets_searchentry set words = words || to_tsvector('russian', said)
    from unnest(%s::bigint[], %s::text[]) as entry (ticket, said) where ticket_id = ticket
"""
_ADD = "update tickets_searchentry set words = words || to_tsvector('russian', %s) where ticket_id = %s"
_ADD_NOTE = "update tickets_searchentry set note_words = note_words || to_tsvector('russian', %s) where ticket_id = %s"


def begin(ticket: Ticket, people: str, text: str) -> None:
    """Make the ticket findable by its number, subject, people and first words."""
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, [ticket.pk, plain(f"{ticket.mark} {ticket.subject}"), plain(people), plain(text)])


def begin_many(entries: Sequence[tuple[Ticket, str, str]]) -> None:
    """`begin` for many new tickets at once: (ticket, its people, its first words)."""
    rows = [
        (ticket.pk, plain(f"{ticket.mark} {ticket.subject}"), plain(people), plain(text))
        for ticket, people, text in entries
    ]
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN_MANY, [list(column) for column in zip(*rows, strict=True)])


def add_words(ticket_id: int, text: str) -> None:
    """Public words said later."""
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [plain(text), ticket_id])


def add_words_to_many(words: Mapping[int, str]) -> None:
    """`add_words` for many tickets at once."""
    with connection.cursor() as cursor:
        cursor.execute(_ADD_MANY, [list(words), [plain(text) for text in words.values()]])


def add_note_words(ticket_id: int, text: str) -> None:
    """Internal words: found by colleagues only."""
    with connection.cursor() as cursor:
        cursor.execute(_ADD_NOTE, [plain(text), ticket_id])


def rebuild(ticket: Ticket) -> None:
    """The entry anew from what stands on the ticket now; used after messages moved."""
    texts = ticket.messages.order_by("at", "pk").values_list("text", flat=True)
    begin(ticket, people_of(ticket), "\n".join(texts))
    notes = "\n".join(ticket.notes.order_by("at", "pk").values_list("text", flat=True))
    if notes:
        add_note_words(ticket.pk, notes)


def people_of(ticket: Ticket) -> str:
    """The names and addresses of the requester and its organisation, as one line."""
    return people_words(ticket, list(ticket.requester.addresses.values_list("email", flat=True)))


def people_words(ticket: Ticket, emails: Sequence[str]) -> str:
    """`people_of` for one whose addresses are known."""
    organisation = ticket.organisation.name if ticket.organisation else ""
    return f"{ticket.requester.name} {' '.join(emails)} {organisation}"


def plain(text: str) -> str:
    """The text as it is indexed and asked for: ё as е, bounded length, nothing the database cannot take."""
    return text.replace("\x00", " ").replace("ё", "е").replace("Ё", "Е")[:LONGEST]


def matching(query: str, *, notes: bool) -> QuerySet[SearchEntry]:
    """Entries that hold all the words (quotes, `or` and `-` as in web search); note words only when asked for."""
    condition = "words @@ websearch_to_tsquery('russian', %s)"
    if notes:
        condition = f"({condition} or note_words @@ websearch_to_tsquery('russian', %s))"
    asked = plain(query)
    return SearchEntry.objects.extra(where=[condition], params=[asked, asked] if notes else [asked])  # noqa: S610


def newest(query: str, *, notes: bool, limit: int, before: int | None = None) -> list[int]:
    """Numbers of the newest tickets (of those numbered below `before`) that hold all the words, at most `limit`, the
    newest first.

    Common words are soon found by walking back from the newest ticket; words that are not in so many of the last
    WALK tickets are rare enough for the index. So neither kind ever makes the database look at a third of the table,
    and nothing hangs on its guess how common a word is.
    """
    found = matching(query, notes=notes).values_list("ticket_id", flat=True)
    last = (SearchEntry.objects.aggregate(last=Max("pk"))["last"] or 0) if before is None else before - 1
    walked = list(found.filter(pk__gt=last - WALK, pk__lte=last).order_by("-pk")[:limit])
    if len(walked) == limit or last <= WALK:
        return walked
    rest, values = found.filter(pk__lte=last - WALK).query.sql_with_params()
    with connection.cursor() as cursor:
        # offset 0 keeps the planner from walking: it would, for it takes every word it has not counted for a common one
        cursor.execute(
            f"select ticket_id from ({rest} offset 0) as rare order by ticket_id desc limit %s",  # noqa: S608
            [*values, limit - len(walked)],
        )
        return [*walked, *(number for (number,) in cursor.fetchall())]
