"""A desk of any size to measure on: made quickly by set-based SQL on top of the demo's people, kept, and used again.

About one ticket in twelve is live. Words follow Zipf's law over a Russian and English vocabulary, so that some stand in a
third of all tickets and some in three. The database is named after its size; `--afresh` makes it anew.
"""

import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

from bench._filling import defaults
from opora.config.embedded import borrowed

CHECKOUT = Path(__file__).resolve().parents[1]
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
VOCABULARY = 24_000
SHAPE = 5
"""Raised when what is made here changes, so that older databases are made anew."""
CONVERSATIONS, MESSAGES = 40, 20
WORDS = 40
ORGANISATIONS, CONTACTS = 2_000, 6_000
_HEAVY = ("tickets_ticket", "tickets_message", "tickets_searchentry", "kernel_event")


@contextmanager
def desk(tickets: int, *, afresh: bool = False) -> Iterator[None]:
    """Django standing on a desk with so many tickets, as of AT."""
    state = Path(os.environ.get("OPORA_BENCH_STATE") or CHECKOUT / ".state" / "bench")
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ.update(OPORA_STATE=str(state), DJANGO_SETTINGS_MODULE="opora.config.settings")
    os.environ.update(OPORA_SECOND_FACTOR="optional", OPORA_LOG_LEVEL="ERROR")
    os.environ.update(OPORA_MAIL_SENDER_CAP="0", OPORA_MAIL_TICKET_CAP="0", OPORA_MAIL_FUSE="0")
    with ExitStack() as stack:
        server = stack.enter_context(borrowed(state, "bench", say=say))
        name = f"bench_{tickets}"
        url = server.replace("/opora?", f"/{name}?")
        made = _prepared(server, name, afresh)
        os.environ["DATABASE_URL"] = url
        import django

        django.setup()
        if made:
            _bring_up()
        else:
            _make(tickets)
        yield
        from django.db import connections

        connections.close_all()


def say(words: str) -> None:
    """A word on the way."""
    print(f"bench     {words}", file=sys.stderr, flush=True)


def _prepared(server: str, name: str, afresh: bool) -> bool:
    """Whether a database of this name and shape stands there whole; otherwise an empty one does."""
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        there = connection.execute(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = %s", [name]
        ).fetchone()
        if there and there[0] == f"shape {SHAPE}" and not afresh:
            return True
        connection.execute(f'drop database if exists "{name}" with (force)')
        connection.execute(f'create database "{name}"')
    return False


def _bring_up() -> None:
    """The schema of a kept desk follows the program's."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _make(tickets: int) -> None:
    from django.core.management import call_command
    from django.db import connection

    from opora.config.demo.clients import sign_up_all
    from opora.config.demo.provider import found_provider

    began = time.monotonic()
    say(f"making a desk with {tickets:,} tickets (kept for the next time)")
    call_command("migrate", verbosity=0)
    provider = found_provider(at=AT)
    customers = sign_up_all(provider, founded=AT, at=AT)
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        cursor.execute("set maintenance_work_mem = '256MB'")
        cursor.execute("set synchronous_commit = off")
        cursor.execute("select setseed(0.42)")
        kept = _drop_indexes(cursor)
        _copy_words(cursor, tickets)
        with defaults(cursor):
            for statement in _statements():
                cursor.execute(statement)
                say(f"{time.monotonic() - began:6.0f} s  {statement.split()[2] if len(statement.split()) > 2 else ''}")
        for definition in kept:
            cursor.execute(definition)
        cursor.execute("set session_replication_role = origin")
    _long_conversations(customers, provider)
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
        cursor.execute("checkpoint")
        cursor.execute(f"comment on database {connection.ops.quote_name(f'bench_{tickets}')} is 'shape {SHAPE}'")
    say(f"made in {time.monotonic() - began:.0f} s")


def _copy_words(cursor: Any, tickets: int) -> None:
    """A table `raw` of what differs from ticket to ticket, its words drawn by Zipf's law."""
    dice, words = Random(42), vocabulary()
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    cursor.execute(
        "create temp table raw (id bigint, opened_at timestamptz, live bool, dice float, other float, words text)"
    )
    step = timedelta(days=90) / tickets
    with cursor.copy("copy raw from stdin") as copy:
        for number in range(1, tickets + 1):
            opened = AT - (tickets - number) * step - timedelta(hours=dice.random())
            live = dice.random() < (0.5 if number > tickets * 0.9 else 0.034)
            said = " ".join(dice.choices(words, cum_weights=weights, k=WORDS + number % 7))
            copy.write_row((number, opened, live, dice.random(), dice.random(), said))


def _drop_indexes(cursor: Any) -> list[str]:
    """Drop the indexes that no constraint needs; return what makes them again."""
    cursor.execute(
        "select indexname, indexdef from pg_indexes where tablename = any(%s) and indexname not in "
        "(select conname from pg_constraint)",
        [list(_HEAVY)],
    )
    found = cursor.fetchall()
    for name, _definition in found:
        cursor.execute(f'drop index "{name}"')
    return [definition for _name, definition in found]


def _statements() -> Iterator[str]:
    at = f"timestamptz '{AT.isoformat()}'"
    yield f"""
        insert into customers_organisation (name, language, zone, note, domains, active)
        select 'Customer ' || n, case when n % 2 = 0 then 'ru' else 'en' end, 'Europe/Moscow', '', '{{}}', true
        from generate_series(1, {ORGANISATIONS}) n"""
    yield f"""
        insert into customers_contact (organisation_id, name, language, zone, roles, active)
        select (select min(id) from customers_organisation) + n % {ORGANISATIONS}, 'Person ' || n,
               case when n % 2 = 0 then 'ru' else 'en' end, 'Europe/Moscow', '{{owner}}', true
        from generate_series(1, {CONTACTS}) n"""
    yield """
        insert into customers_address (contact_id, email, may_confirm)
        select id, 'p' || id || '@many.example', false from customers_contact
        where name like 'Person %'"""
    yield f"""
        insert into tickets_ticket (id, organisation_id, requester_id, subject, kind, priority, state, line_id, assignee_id,
            service_id, channel, language, tags, opened_at, changed_at, resolved_at, closed_at, last_customer_at, due_at,
            contract_version_id, cause, cause_words)
        select raw.id, c.organisation_id, c.id, initcap(split_part(words, ' ', 3)) || ' ' || split_part(words, ' ', 9) || ' '
                   || split_part(words, ' ', 21) || ' ' || split_part(words, ' ', 33),
               (array['incident', 'request', 'question'])[1 + raw.id % 3], (array['low', 'medium', 'low'])[1 + raw.id % 3],
               case when live then (array['new', 'open', 'open', 'waiting_customer', 'waiting_vendor'])[1 + raw.id % 5]
                    else (array['closed', 'closed', 'closed', 'resolved'])[1 + raw.id % 4] end,
               (select min(id) from people_team) + raw.id % 3,
               case when live and dice < 0.3 then null else (select min(id) from people_staff) + (other * 11)::int end,
               (select min(id) from catalogue_service) + raw.id % 12, (array['email', 'portal'])[1 + raw.id % 2],
               c.language, case when dice < 0.1 then array['disk'] when dice < 0.2 then array['mail', 'spf'] else '{{}}' end,
               opened_at, least(opened_at + other * interval '5 days', {at}),
               case when live then null else opened_at + other * interval '5 days' end,
               case when live then null else opened_at + other * interval '5 days' end, opened_at,
               case when live and raw.id % 5 < 2 then opened_at + interval '8 hours' end,
               (select min(id) from customers_contractversion), '', ''
        from raw join lateral (select id, organisation_id, language from customers_contact
             where id = (select min(id) from customers_contact) + (raw.id * 7919) % {CONTACTS}) c on true"""
    yield """
        insert into tickets_message (ticket_id, author_contact_id, at, text, quoted, html, channel, automatic)
        select t.id, requester_id, t.opened_at, words, '', '', channel, false from tickets_ticket t join raw using (id)"""
    yield """
        insert into tickets_searchentry (ticket_id, words, note_words)
        select id, setweight(to_tsvector('russian', 'T-' || id || ' ' || split_part(words, ' ', 3)), 'A')
                   || to_tsvector('russian', words), to_tsvector('russian', case when dice < 0.2 then words else '' end)
        from raw"""
    yield """
        insert into kernel_event (tx, at, name, subject_kind, subject_id, actor_kind, actor_id, actor_name, why, facts)
        select pg_current_xact_id(), opened_at, 'tickets.opened', 'ticket', id, 'contact', 1, 'Person', '', '{}' from raw"""
    yield "select setval(pg_get_serial_sequence('tickets_ticket', 'id'), (select max(id) from tickets_ticket))"
    yield "drop table raw"


def vocabulary() -> list[str]:
    """Words by how common they are: the demo's own first, then made ones, Russian and English in turn."""
    folder = CHECKOUT / "opora/config/demo/scenarios"
    text = " ".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))).lower().replace("ё", "е")
    found = list(dict.fromkeys(re.findall(r"[a-z]{4,16}|[а-я]{4,16}", text)))
    dice = Random(7)
    dice.shuffle(found)
    russian = ("ка", "ро", "ли", "ве", "но", "сту", "пра", "ме", "до", "зи", "гру", "тел", "шо", "бан", "кле")
    english = ("ser", "ka", "lo", "mit", "ra", "den", "po", "cul", "ti", "ver", "gan", "sho", "bri", "nel", "fu")
    seen = set(found)
    while len(found) < VOCABULARY:
        word = "".join(dice.choices(russian if len(found) % 2 else english, k=dice.randint(3, 5)))
        if word not in seen:
            seen.add(word)
            found.append(word)
    return found[:VOCABULARY]


def _long_conversations(customers: list[Any], provider: Any) -> None:
    """Some tickets with twenty messages, said by the rooms' own actions."""
    from django.db import transaction

    from opora.desk.tickets import actions as tickets

    anna, boris = provider.staff["anna"], provider.staff["boris"]
    with transaction.atomic():
        for number in range(CONVERSATIONS):
            customer = customers[number % len(customers)]
            contact, at = customer.contacts[0], AT - timedelta(hours=20, minutes=number)
            ticket = tickets.open_ticket(
                requester=contact,
                subject=f"Long conversation {number}",
                text="It is slow again.\n\n" + "The same as last week. " * 12,
                by=contact.actor,
                at=at,
                system=customer.systems[0],
                service=customer.systems[0].service,
            )
            tickets.take(ticket, by=anna, at=at)
            for turn in range(1, MESSAGES):
                at += timedelta(minutes=9)
                words = f"Word {turn}.\n\n" + "We looked at the disk, the network and the cache, in this order. " * 4
                if turn % 2:
                    tickets.reply_and_wait(ticket, by=anna if turn % 4 == 1 else boris, text=words, at=at)
                else:
                    tickets.customer_wrote(ticket, by=contact, text=words, at=at)
            for remark in range(3):
                tickets.note(ticket, by=boris.actor, text=f"Remark {remark}: looked at it with Oleg.", at=at)


def long_conversation() -> int:
    """The number of a ticket with twenty messages."""
    from opora.desk.tickets.models import Ticket

    return int(Ticket.objects.get(subject="Long conversation 7").pk)
