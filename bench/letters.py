"""Letters in: from the wire to a durable ticket, with many tickets present; CPU of the program and of the database.

Clients in another process hand letters over LMTP to a real listener; then the chain reads them. First letters that open
tickets, then letters that answer them; half have HTML beside the text, one in ten a file of 20 kB. The server is the embedded
one, on a disk and with fsync, as `opora up` starts it; in it a database that goes afterwards. What parses, a child of the
program's, counts with the program.
"""

import argparse
import json
import multiprocessing
import random
import smtplib
import sys
import time
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from bench._cost import Cost
from bench._filling import defaults
from bench._server import desk, on_disk

AT = datetime(2026, 9, 14, 12, tzinfo=UTC)
WORDS = """
    сервер не отвечает резервная копия диск память сеть домен почта ошибка время ночь утро перезагрузка доступ пароль клиент
    server does not answer backup disk memory network domain mail error night morning restart access password customer
""".split()  # noqa: SIM905
MUST = {"letters a second, one core": 150.0, "CPU in all, ms a letter": 6.0}


def main() -> int:
    """Print the figures; exit 1 when one misses what must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000, help="tickets present (default 100,000)")
    parser.add_argument("--letters", type=int, default=2_000, help="letters that come in (default 2,000)")
    parser.add_argument("--profile", action="store_true", help="print where the time of the chain goes")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parser.parse_args()
    with desk(on_disk()):
        fill(options.tickets)
        figures = measure(letters(options.letters, options.tickets, answers=False), options.profile)
        answers = measure(letters(options.letters // 2, options.tickets, answers=True), options.profile)
        figures |= {f"answers: {name}": figure for name, figure in answers.items()}
    if options.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:<34} {figure:>12,.2f}")
    fast = figures["letters a second, one core"] >= MUST["letters a second, one core"]
    return 0 if fast and figures["CPU in all, ms a letter"] <= MUST["CPU in all, ms a letter"] else 1


def fill(tickets: int) -> None:
    """A desk with customers under contract and this many tickets, each with its words, index entry and letter."""
    from django.db import connection

    from opora.desk.kernel.actors import SYSTEM
    from opora.desk.people import actions as people
    from opora.desk.sla.actions import make_standard_calendars

    calendar = make_standard_calendars(by=SYSTEM, at=AT)["always"].pk
    line = people.form_team(slug="first", name="First", kind="l1", by=SYSTEM, at=AT).pk
    print(f"putting in {tickets:,} tickets ...", file=sys.stderr)
    with connection.cursor() as cursor:
        with defaults(cursor):
            for statement in _FILL:
                cursor.execute(statement, {"tickets": tickets, "at": AT, "calendar": calendar, "line": line})
        cursor.execute("VACUUM ANALYZE")


_FILL = [
    """INSERT INTO customers_organisation (name, language, zone, note, domains, active)
       SELECT 'Customer ' || n, 'ru', 'Europe/Moscow', '', ARRAY['c' || n || '.example'], true FROM generate_series(1, 1000) n""",
    """INSERT INTO customers_contact (organisation_id, name, language, zone, roles, active)
       SELECT id, 'Person ' || id || ' ' || n, 'ru', 'Europe/Moscow', '{}', true
       FROM customers_organisation, generate_series(1, 5) n""",
    """INSERT INTO customers_address (contact_id, email, may_confirm)
       SELECT id, 'p' || id || '@c' || organisation_id || '.example', false FROM customers_contact""",
    """INSERT INTO customers_contract (organisation_id, plan, number)
       SELECT id, 'standard', 'N' || id FROM customers_organisation""",
    """INSERT INTO customers_contractversion (contract_id, number, targets, calendar_version_id, warn_share, valid_from, made_at)
       SELECT id, 1, '{"first_reply": {"low": 28800, "medium": 14400, "high": 3600}}', %(calendar)s, 75,
              %(at)s - interval '1 year', %(at)s - interval '1 year' FROM customers_contract""",
    """INSERT INTO tickets_ticket (organisation_id, requester_id, subject, kind, priority, state, line_id, channel, language,
                                   tags, opened_at, changed_at, last_customer_at, cause, cause_words)
       SELECT contact.organisation_id, contact.id, 'The server does not answer ' || n, 'incident', 'medium',
              CASE WHEN n %% 10 = 0 THEN 'open' ELSE 'closed' END, %(line)s, 'email', 'ru', '{}',
              %(at)s - interval '1 minute' * (%(tickets)s - n), %(at)s - interval '1 minute' * (%(tickets)s - n), %(at)s, '', ''
       FROM generate_series(1, %(tickets)s) n JOIN customers_contact contact
            ON contact.id = (SELECT min(id) FROM customers_contact) + n %% 5000""",
    """INSERT INTO tickets_message (ticket_id, author_contact_id, at, text, quoted, html, channel, automatic)
       SELECT id, requester_id, opened_at, repeat('Сервер не отвечает с утра, посмотрите. ', 10) || id, '', '', 'email', false
       FROM tickets_ticket""",
    """INSERT INTO tickets_searchentry (ticket_id, words, note_words)
       SELECT id, to_tsvector('russian', subject || ' T-' || id || ' сервер отвечает утра'), '' FROM tickets_ticket""",
    """INSERT INTO email_channel_rawletter (raw, sha256, size, envelope_from, envelope_to, transport, source, received_at, state,
                                            next_try_at, tries, outcome, reason, steps, error, subject, sender, ticket_id)
       SELECT 'x', md5(id::text), 1, '', '{}', 'lmtp', '', opened_at, 'done', opened_at, 1, 'opened', '', '[]', '', '', '', id
       FROM tickets_ticket""",
    """INSERT INTO email_channel_inboundletter (raw_id, ticket_id, contact_id, mail_id, "references", content_hash, sender,
                                                addressed, automatic, answerable, at)
       SELECT raw.id, ticket.id, ticket.requester_id, 'm' || ticket.id || '@c.example', '{}', md5(ticket.id::text), '', '{}', '',
              true, ticket.opened_at FROM email_channel_rawletter raw JOIN tickets_ticket ticket ON ticket.id = raw.ticket_id""",
]  # fmt: skip


def letters(many: int, tickets: int, *, answers: bool) -> list[bytes]:
    """The letters, always the same ones."""
    from opora.desk.channels.email import identity
    from opora.desk.channels.email.tokens import reply_address
    from opora.desk.tickets.models import Ticket

    chance = random.Random(8 if answers else 7)
    first = Ticket.objects.earliest("pk").pk
    live = list(range(first, first + tickets))[9::10]
    requesters = dict(
        Ticket.objects.filter(pk__in=chance.sample(live, min(len(live), many))).values_list(
            "pk", "requester__addresses__email"
        )
    )
    senders = sorted(set(requesters.values()))
    waiting = list(requesters.items())
    made = []
    for number in range(many):
        if answers:
            ticket, sender = waiting[number % len(waiting)]
            to = reply_address(identity.mailbox(), ticket, identity.token_key())
        else:
            sender, to = senders[number % len(senders)], identity.mailbox()
        made.append(_letter(chance, number, sender, to))
    return made


def _letter(chance: random.Random, number: int, sender: str, to: str) -> bytes:
    text = "\n".join(" ".join(chance.choices(WORDS, k=12)) for _ in range(chance.randrange(4, 25)))
    if "+t+" in to:
        text += "\n\n14.09.2026 12:00, Поддержка пишет:\n" + "\n".join(
            f"> {' '.join(chance.choices(WORDS, k=9))}" for _ in range(12)
        )
    head = (
        f"Received: from mx.example by opora.example; Mon, 14 Sep 2026 12:00:00 +0000\r\nFrom: Клиент {number} <{sender}>\r\n"
        f"To: <{to}>\r\nSubject: {' '.join(chance.choices(WORDS, k=5))}\r\nDate: Mon, 14 Sep 2026 15:00:00 +0300\r\n"
        f"Message-ID: <{number}.{chance.randrange(10**9)}@bench.example>\r\nMIME-Version: 1.0\r\nX-Mailer: bench\r\n"
    )
    plain = _part("text/plain; charset=utf-8", text.encode())
    body = plain
    if number % 2:
        html = "<html><body><p>" + text.replace("\n", "</p><p>") + "</p></body></html>"
        body = _multi("alternative", [plain, _part("text/html; charset=utf-8", html.encode())])
    if number % 10 == 0:
        body = _multi("mixed", [body, _part("application/octet-stream; name=log.bin", chance.randbytes(20_000))])
    return (head + body).encode()


def _part(kind: str, content: bytes) -> str:
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n{_lines(content)}\r\n"


def _multi(kind: str, parts: list[str]) -> str:
    mark = f"b-{kind}"
    inner = "".join(f"--{mark}\r\n{part}\r\n" for part in parts)
    return f"Content-Type: multipart/{kind}; boundary={mark}\r\n\r\n{inner}--{mark}--\r\n"


def _lines(raw: bytes) -> str:
    coded = b64encode(raw).decode()
    return "\r\n".join(coded[at : at + 76] for at in range(0, len(coded), 76))


def give(address: tuple[str, int], raws: list[bytes]) -> None:
    """One client: hands its letters over, one connection for all."""
    with smtplib.LMTP(*address) as client:
        for raw in raws:
            client.sendmail("bench@bench.example", ["support@opora.example"], raw)


def measure(raws: list[bytes], profile: bool) -> dict[str, float]:
    """Take the letters in, then put them through the chain."""
    from django.db import connection

    from opora.desk.channels.email import chain
    from opora.desk.channels.email.listener import Listener
    from opora.desk.channels.email.models import RawLetter
    from opora.desk.channels.email.parsing import read_letter
    from opora.desk.channels.email.understanding import understand

    understand(raws[0])  # the worker stands and has its child before letters come
    assert not chain.process_due(at=AT).taken
    began = time.process_time()
    for raw in raws:
        read_letter(raw)
    parsing = time.process_time() - began
    listener = Listener("127.0.0.1", 0)
    listener.start()
    many = len(raws)
    spawned = multiprocessing.get_context("fork")
    clients = [spawned.Process(target=give, args=[listener.address, raws[n::4]]) for n in range(4)]
    taking = Cost(clients)
    for client in clients:
        client.start()
    while any(client.is_alive() for client in clients):
        time.sleep(0.1)
        taking.note(listener.counts.stored)
    taken = taking.so_far()
    listener.stop()
    assert RawLetter.objects.filter(state="stored").count() == many
    reading = Cost()
    read_all = partial(_read_all, reading)
    statements = _profiled(read_all) if profile else read_all()
    read = reading.so_far()
    left = RawLetter.objects.filter(state="stored").count()
    newest = RawLetter.objects.order_by("-pk")[:many]
    outcomes = {word: sum(row.outcome == word for row in newest) for word in ("opened", "appended")}
    connection.close()
    cpu = taken[0] + taken[1] + read[0] + read[1]
    left_alone = taking.left_alone() + reading.left_alone()
    return {
        "letters": float(many),
        "opened": float(outcomes["opened"]),
        "appended": float(outcomes["appended"]),
        "left over or elsewhere": float(left + many - sum(outcomes.values())),
        "parsing alone, ms a letter": parsing / many * 1e3,
        "taking in: program, ms a letter": taken[0] / many * 1e3,
        "taking in: database, ms a letter": taken[1] / many * 1e3,
        "reading: program, ms a letter": read[0] / many * 1e3,
        "reading: database, ms a letter": read[1] / many * 1e3,
        "reading: statements a letter": statements / many,
        "all the CPU there was, ms a letter": cpu / many * 1e3,
        "CPU in all, ms a letter": left_alone * 1e3,
        "letters a second, one core": 1 / left_alone,
        "letters a second, measured": many / (taken[2] + read[2]),
    }


def _read_all(reading: Cost) -> int:
    from django.db import connection

    from opora.desk.channels.email.chain import process_due
    from opora.desk.kernel import clock

    statements = done = 0

    def count(execute: Callable[..., object], sql: str, params: object, many: bool, context: object) -> object:
        nonlocal statements
        statements += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        while taken := process_due(at=clock.now()).taken:
            done += taken
            reading.note(done)
    return statements


def _profiled(work: Callable[[], int]) -> int:
    import cProfile
    import pstats

    profile = cProfile.Profile(time.process_time)
    result = profile.runcall(work)
    pstats.Stats(profile, stream=sys.stderr).sort_stats("cumulative").print_stats(70)
    return result


if __name__ == "__main__":
    sys.exit(main())
