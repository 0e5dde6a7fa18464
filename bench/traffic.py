"""Two weeks of mail with real servers: people, robots, reports, floods, a dead mailbox, and kill -9 at random moments.

Postfix stands between everybody and Dovecot keeps one of our mailboxes; both are Debian's, unpacked and run for this alone. The
clocks of our processes run faster, so that two weeks pass in minutes; what is random comes from the seed. At the end every
letter that was accepted is one message or visibly held, every answer arrived once or stands visibly otherwise, strangers are in
nobody's ticket, and no loop has turned more than once.
"""

import argparse
import itertools
import json
import os
import re
import smtplib
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.crashes import QUIET, Run, _free_port, _stand, listener_process, worker_process
from bench.promises import AT, desk

DAYS = 14
SENDER_CAP = 6
"""Letters an hour from one sender; small, for the hours here are about a second long and the work is not hastened."""
FLOOD_LINES = 4
PEOPLE = 12
OURS = "support@opora.example"
FETCHED = "billing@desk.example"
_TOKEN = re.compile(r"word\d+word")


def main() -> int:
    """Print what was found; exit 1 when anything is wrong, 2 when the servers cannot be had here."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=8, help="how long the two weeks take (default 8)")
    parser.add_argument("--days", type=float, default=DAYS, help="days that pass (default 14)")
    parser.add_argument("--letters", type=int, default=600, help="letters that people write (default 600)")
    parser.add_argument("--flood", type=int, default=20_000, help="letters of the flood (default 20,000)")
    parser.add_argument("--kills", type=int, default=40, help="how often something is killed (default 40)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parser.parse_args()
    from tests.email.mailservers import IS_ROOT, why_not

    if reason := why_not() or ("" if IS_ROOT else "Postfix needs root"):
        print(f"bench traffic: {reason}", file=sys.stderr)
        return 2
    os.environ["OPORA_BENCH_CAP"] = str(SENDER_CAP)
    with desk(), tempfile.TemporaryDirectory(prefix="opora-traffic-") as folder:
        Path(folder).chmod(0o755)
        run = Traffic(Path(folder), options)
        try:
            figures = run.run()
        finally:
            run.stop()
    shown = "\n".join(f"{name:<58} {figure:>8}" for name, figure in figures.items())
    print(json.dumps(figures) if options.json else shown)
    return 1 if any(figure for name, figure in figures.items() if name.startswith("WRONG")) else 0


def hasten(began: float, speed: float) -> None:
    """Let this process's clock run so much faster, from AT on."""
    from opora.desk.kernel import clock

    clock.now = lambda: AT + timedelta(seconds=(time.time() - began) * speed)  # type: ignore[assignment]
    from django.conf import settings

    settings.OPORA_MAIL_SENDER_CAP = int(os.environ["OPORA_BENCH_CAP"])


def fast_listener(database: str, port: int, began: float, speed: float) -> None:
    """The real listener, until killed."""
    hasten(began, speed)
    listener_process(database, port)


def fast_worker(database: str, port: int, began: float, speed: float) -> None:
    """What the worker does with letters, events, held letters and the outbox, until killed."""
    hasten(began, speed)
    _stand(database)
    import bench.crashes
    from opora.desk.channels.email.floods import let_go
    from opora.desk.kernel import clock

    bench.crashes.LEASE = timedelta(seconds=12 * speed)

    def keep_letting_go() -> None:
        while True:
            let_go(at=clock.now())
            time.sleep(0.5)

    threading.Thread(target=keep_letting_go, daemon=True).start()
    worker_process(database, port)


def keeper_process(database: str, _port: int, began: float, speed: float) -> None:
    """The real fetching of mailboxes, until killed."""
    hasten(began, speed)
    _stand(database)
    from opora.desk.channels.email.imap.keeping import Keepers

    Keepers(lambda _: True).start()
    threading.Event().wait()


class Traffic(Run):
    """One fortnight."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        from tests.email.mailservers import Dovecot, Postfix

        super().__init__(options.letters, 0, options.kills, options.seed)
        self.flood, self.seconds = options.flood, options.minutes * 60
        self.began, self.speed = time.time(), options.days * 86_400 / self.seconds
        os.environ["OPORA_BENCH_CAP"] = str(SENDER_CAP)
        hasten(self.began, self.speed)
        self.people = [f"person{number}@customer{number % 4}.example" for number in range(PEOPLE)]
        self.away, self.liar, self.friend = "away@customer0.example", "liar@robots.example", "friend@elsewhere.example"
        self.gone = "gone@customer1.example"
        there = [*self.people, self.away, self.liar, self.friend, FETCHED]
        self.dovecot = Dovecot(folder / "dovecot").start()
        self.maildirs = folder / "dovecot" / "mail"
        self.postfix = Postfix(folder / "postfix", self.port, mailboxes=tuple(there), maildirs=self.maildirs).start()
        self.numbers = itertools.count(1)
        self.accepted: set[str] = set()
        self.strangers: set[str] = set()
        self.answers_to: dict[str, str] = {}
        self.arrived: Counter[tuple[str, str]] = Counter()
        self.seen: set[str] = set()
        self.over, self.quiet = threading.Event(), False
        self.flooded: list[int] = []

    def run(self) -> dict[str, int]:
        """Everything, and the findings."""
        self._people()
        self._boxes()
        for name in ("listener", "worker", "keeper"):
            self._start(name)
        streams = [threading.Thread(target=self._stream, args=[one], daemon=True)
                   for one in (self._people_write, self._colleague_answers, self._flood_comes)]  # fmt: skip
        reading = threading.Thread(target=self._stream, args=[self._people_read], daemon=True)
        for stream in (reading, *streams):
            stream.start()
        end = self.began + self.seconds
        while time.time() < end:
            time.sleep(self.chance.uniform(0.2, 1.8) * self.seconds / max(1, self.kills))
            if sum(self.killed.values()) < self.kills:
                self._kill(self.chance.choice(("listener", "worker", "worker", "keeper")))
        self.over.set()
        for stream in streams:
            stream.join(900)
        self._answer_the_dead()
        self._settle()
        reading.join(60)
        return self._found()

    def stop(self) -> None:
        """End everything this started."""
        for process in self.processes.values():
            process.kill()
            process.join()
        self.postfix.stop()
        self.dovecot.stop()

    def _stream(self, act: Callable[[], None]) -> None:
        from django.db import connection

        try:
            act()
        finally:
            connection.close()

    def _start(self, name: str) -> None:
        target, port = {
            "listener": (fast_listener, self.port),
            "worker": (fast_worker, self.postfix.port),
            "keeper": (keeper_process, 0),
        }[name]
        words = [self.database, port, self.began, self.speed]
        process = self.context.Process(target=target, args=words, daemon=True)
        process.start()
        self.processes[name] = process

    def _boxes(self) -> None:
        """One mailbox that is fetched, and a dead one, which must be in nobody's way."""
        from django.conf import settings

        from opora.desk.channels.email.models import Mailbox
        from opora.desk.channels.email.sealing import seal

        secret = seal(self.dovecot.password, settings.SECRET_KEY)
        road: dict[str, Any] = {
            "road": "imap",
            "host": "127.0.0.1",
            "security": "plain",
            "secret": secret,
            "made_at": AT,
        }
        Mailbox.objects.create(address=FETCHED, name="Billing", port=self.dovecot.port, with_old=True, **road)
        Mailbox.objects.create(address="dead@desk.example", name="Dead", port=_free_port(), **road)

    def _send(self, sender: str, to: list[str], *, text: str, mail_id: str = "", **headers: str) -> bool:
        """Hand a letter to Postfix; True when it was accepted."""
        mail_id = mail_id or f"m{next(self.numbers)}@{sender.rpartition('@')[2]}"
        fields = {"From": sender, "To": ", ".join(to), "Message-ID": f"<{mail_id}>", "Subject": "Hello"}
        fields |= {name.replace("_", "-").title(): value for name, value in headers.items() if value}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        everybody = [*to, *(one.strip() for one in headers.get("cc", "").split(",") if one)]
        try:
            with smtplib.SMTP("127.0.0.1", self.postfix.port, timeout=30) as client:
                client.sendmail(sender, everybody, (head + "\r\n" + text + "\r\n").encode())
        except (OSError, smtplib.SMTPException):
            return False
        return True

    def _writes(self, sender: str, to: list[str], *, stranger: bool = False, **more: str) -> None:
        token = f"word{next(self.numbers)}word"
        if self._send(sender, to, text=f"It does not work. {token}\r\n" + more.pop("quoted", ""), **more):
            self.accepted.add(token)
            if stranger:
                self.strangers.add(token)

    def _people_write(self) -> None:
        """People open tickets: to both our addresses, with colleagues in copy; one of them cannot be reached."""
        for number in range(self.letters):
            if self.over.wait(self.seconds * 0.85 / self.letters):
                return
            sender = (
                self.gone if number % 29 == 7 else self.away if number % 31 == 9 else self.chance.choice(self.people)
            )
            if number in (3, self.letters // 2):
                sender = self.liar
            to = [FETCHED] if number % 3 == 0 else [OURS, FETCHED] if number % 10 == 1 else [OURS]
            copied = self.chance.choice(self.people) if number % 5 == 2 else ""
            self._writes(sender, to, subject=f"Question {number}", cc=copied if copied != sender else "")

    def _people_read(self) -> None:
        """Everybody reads, and does what it is their way to do. Goes on until all is quiet."""
        while not (self.over.is_set() and self.quiet):
            for owner in [*self.people, self.away, self.liar, self.friend]:
                for file in (self.maildirs / owner / "new").glob("*"):
                    if file.name not in self.seen:
                        self.seen.add(file.name)
                        self._reads(owner, file.read_bytes())
            time.sleep(0.2)

    def _reads(self, owner: str, raw: bytes) -> None:
        from opora.desk.channels.email.parsing import read_letter

        letter = read_letter(raw)
        if not letter.sender or letter.sender.key not in (OURS, FETCHED):
            return
        self.arrived[letter.message_id, owner] += 1
        back = letter.reply_to[0].email if letter.reply_to else OURS
        mail_id = f"m{next(self.numbers)}@{owner.rpartition('@')[2]}"
        self.answers_to[mail_id] = letter.message_id
        if owner == self.away:
            self._send(owner, [back], text="I am away.", subject="Away", auto_submitted="auto-replied", mail_id=mail_id)
        elif owner == self.liar:
            self._send(owner, [letter.sender.email], text="We got it.", subject="Received", mail_id=mail_id)
        elif owner == self.friend:
            self._writes(owner, [back], stranger=True, subject=f"Re: {letter.subject}", mail_id=mail_id)
        elif not letter.automatic and not self.over.is_set() and self.chance.random() < 0.4:
            quoted = "\r\n".join(f"> {line}" for line in ("On Monday, Support wrote:", *letter.text.splitlines()[:20]))
            more = {"in_reply_to": f"<{letter.message_id}>"} if self.chance.random() < 0.8 else {}
            self._writes(
                owner, [back], subject=f"Re: {letter.subject}", quoted=_without_tokens(quoted), mail_id=mail_id, **more
            )
        elif self.chance.random() < 0.05:
            self._send(owner, [self.friend], text=f"Look: {_without_tokens(letter.text)}", subject=f"Fwd: {letter.subject}",
                       mail_id=mail_id, reply_to=back)  # fmt: skip
            self._writes(
                self.friend,
                [back],
                stranger=True,
                subject=f"Re: {letter.subject}",
                in_reply_to=f"<{letter.message_id}>",
            )

    def _colleague_answers(self) -> None:
        """Anna answers what is new; what its own commit has taken must go out."""
        from opora.desk.kernel import clock
        from opora.desk.tickets import actions as tickets
        from opora.desk.tickets.models import Ticket

        while not self.over.wait(0.25):
            waiting = Ticket.objects.filter(state__in=["new", "open"]).exclude(
                requester__addresses__email="flood@flood.example"
            )
            found = list(waiting.order_by("-changed_at")[:5])
            if not found:
                continue
            try:
                message = tickets.reply_and_wait(
                    self.chance.choice(found), by=self.anna, text=f"answer {len(self.answered)}", at=clock.now()
                )
            except Exception as refusal:
                print(f"an answer was refused: {refusal}", file=sys.stderr)
                continue
            self.answered.append(message.pk)

    def _answer_the_dead(self) -> None:
        """Whoever cannot be reached is answered at least once, so that the report about it comes."""
        from opora.desk.kernel import clock
        from opora.desk.tickets import actions as tickets
        from opora.desk.tickets.models import Ticket

        asked = Ticket.objects.filter(state__in=["new", "open"], requester__addresses__email=self.gone).first()
        if asked is not None:
            self.answered.append(tickets.reply(asked, by=self.anna, text="answer to the dead", at=clock.now()).pk)

    def _flood_comes(self) -> None:
        """On the third day somebody's program goes mad."""
        self.over.wait(self.seconds * 3 / DAYS)
        lines = [threading.Thread(target=self._flood_line, args=[line], daemon=True) for line in range(FLOOD_LINES)]
        for line in lines:
            line.start()
        for line in lines:
            line.join()

    def _flood_line(self, line: int) -> None:
        left = list(range(line, self.flood, FLOOD_LINES))
        while left:
            try:
                with smtplib.LMTP("127.0.0.1", self.port, timeout=20) as client:
                    for number in left[:200]:
                        words = (
                            f"From: flood@flood.example\r\nTo: {OURS}\r\nMessage-ID: <f{number}@flood.example>\r\n"
                            f"Subject: Alert {number}\r\n\r\nfloodword{number}\r\n"
                        )
                        client.sendmail("flood@flood.example", [OURS], words.encode())
                        left.remove(number)
                        self.flooded.append(number)
            except (OSError, smtplib.SMTPException):
                time.sleep(0.1)

    def _settle(self) -> None:
        """Until Postfix, the chain and the outbox have nothing left to do; held letters may wait."""
        still, before, moved = 0, -1, time.monotonic()
        while still < 6 and time.monotonic() - moved < QUIET:
            time.sleep(0.5)
            waiting = self._waiting() + self.postfix.waiting()
            moved = time.monotonic() if waiting != before else moved
            still, before = (0 if waiting else still + 1), waiting
        self.quiet = True
        time.sleep(1)

    def _found(self) -> dict[str, int]:
        from opora.desk.channels.email.models import InboundLetter, OutgoingLetter, RawLetter, Recipient
        from opora.desk.customers.models import Address
        from opora.desk.tickets.models import Message

        said: Counter[str] = Counter()
        held = 0
        for text in Message.objects.filter(author_contact__isnull=False).values_list("text", flat=True).iterator():
            said.update(_TOKEN.findall(text))
        floods = Message.objects.filter(text__startswith="floodword")
        flood_messages, flood_kinds = floods.count(), floods.values("text").distinct().count()
        flood_held = (
            RawLetter.objects.filter(state="held", sender="flood@flood.example").values("subject").distinct().count()
        )
        for raw in (
            RawLetter.objects.exclude(state="done").exclude(sender="flood@flood.example").values_list("raw", flat=True)
        ):
            held += bool(_TOKEN.search(bytes(raw).decode("utf-8", "replace")))
        missing = [token for token in self.accepted if not said[token]]
        rows = list(
            Recipient.objects.values_list("letter__mail_id", "email", "state", "letter__message", "letter__kind")
        )
        replied = {message for *_, message, _ in rows}
        there = {*self.people, self.away, self.liar, self.friend}
        strangers = InboundLetter.objects.filter(sender=self.friend, message__isnull=False)
        intruded = strangers.exclude(ticket__requester__addresses__email=self.friend).count()
        nobody = set(Message.objects.filter(ticket__requester__addresses__email=self.gone).values_list("pk", flat=True))
        depth = _Depth(self.answers_to)
        bad = Address.objects.filter(email=self.gone, bounced_at__isnull=False).exists()
        states = Counter(state for _, _, state, _, _ in rows)
        return {
            "letters of people, accepted": len(self.accepted),
            "letters of the flood, accepted": len(self.flooded),
            "letters stored": RawLetter.objects.count(),
            "messages made of people's letters": sum(said.values()),
            "messages made of the flood": flood_messages,
            "of the flood, held back": flood_held,
            "of people's, held back or in quarantine": held,
            "copies recognised": RawLetter.objects.filter(outcome="duplicate").count(),
            "delivery reports read": RawLetter.objects.filter(outcome="bounce").count(),
            "automatic letters filed": Message.objects.filter(automatic=True).count(),
            "answers written": len(self.answered),
            "letters of ours": OutgoingLetter.objects.count(),
            **{f"to recipients: {state}": count for state, count in sorted(states.items())},
            "killed: listener": self.killed["listener"],
            "killed: worker": self.killed["worker"],
            "killed: keeper": self.killed["keeper"],
            "longest chain of automatic letters": depth.longest(),
            "WRONG: accepted, neither message nor held": max(0, len(missing) - held),
            "WRONG: more than one message": sum(said[token] > 1 for token in self.accepted),
            "WRONG: of the flood, lost": len(self.flooded) - flood_kinds - flood_held,
            "WRONG: of the flood, doubled": flood_messages - flood_kinds,
            "WRONG: answers without a letter": sum(
                message not in replied and message not in nobody for message in self.answered
            ),
            "WRONG: arrived more than once": sum(count > 1 for count in self.arrived.values()),
            "WRONG: called sent, not arrived": sum(
                self.arrived[mail_id, email] != 1 for mail_id, email, state, _, _ in rows if state == "sent" and email in there
            ),
            "WRONG: a stranger's words in somebody's ticket": intruded,
            "WRONG: the dead address is not known to be dead": int(not bad),
            "WRONG: loops longer than one turn": int(depth.longest() > 2),
            "WRONG: something still waits": self._waiting(),
        }  # fmt: skip


class _Depth:
    """How many automatic letters of ours stand in one chain: ours, a robot's answer to it, ours to that …"""

    def __init__(self, answers_to: dict[str, str]) -> None:
        from opora.desk.channels.email.models import InboundLetter, OutgoingLetter

        self._answers_to = answers_to
        ours = OutgoingLetter.objects.filter(kind="received").values_list("mail_id", "message")
        came = dict(InboundLetter.objects.filter(message__isnull=False).values_list("message", "mail_id"))
        self._caused_by = {mail_id: came.get(message, "") for mail_id, message in ours}

    def longest(self) -> int:
        """The longest chain."""
        return max((self._of(mail_id) for mail_id in self._caused_by), default=0)

    def _of(self, mail_id: str) -> int:
        depth = 0
        while mail_id in self._caused_by and depth < 100:
            depth += 1
            mail_id = self._answers_to.get(self._caused_by[mail_id], "")
        return depth


def _without_tokens(text: str) -> str:
    """A quotation must not look like the words themselves."""
    return _TOKEN.sub("…", text)


if __name__ == "__main__":
    sys.exit(main())
