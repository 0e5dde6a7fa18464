"""Who writes and reads in `bin/bench traffic`: people, one who is away, a robot that hides what it is, a friend to whom letters
are forwarded, one who cannot be reached, a program gone mad; and Anna, who answers them."""

import itertools
import re
import smtplib
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench._fortnight import Fortnight
    from opora.desk.channels.email.parsing import Letter

OURS = "support@opora.example"
FETCHED = "billing@desk.example"
TOKEN = re.compile(r"word\d+word")
PEOPLE = 12
FLOOD_LINES = 4
FLOOD_AHEAD = 500
"""Letters of the flood that may wait for the chain: where hours are a second long, a minute's backlog would be days."""
THIRD_DAY = 3 / 14


class Correspondents:
    """Everybody outside, what they have handed over, and what arrived with them."""

    def __init__(self, fortnight: "Fortnight", maildirs: Path, *, letters: int, flood: int) -> None:
        self._run, self._maildirs = fortnight, maildirs
        self._letters, self._flood = letters, flood
        self._chance = fortnight.chance
        self.people = [f"person{number}@customer{number % 4}.example" for number in range(PEOPLE)]
        self.away, self.liar, self.friend = "away@customer0.example", "liar@robots.example", "friend@elsewhere.example"
        self.gone, self.mad = "gone@customer1.example", "flood@flood.example"
        self.there = (*self.people, self.away, self.liar, self.friend)
        self.accepted: set[str] = set()
        self.answers_to: dict[str, str] = {}
        self.arrived: Counter[tuple[str, str]] = Counter()
        self.flooded: list[int] = []
        self._behind = 0
        self._numbers = itertools.count(1)
        self._seen: set[str] = set()

    def write(self) -> None:
        """People open tickets: to both our addresses, with colleagues in copy; one of them cannot be reached."""
        for number in range(self._letters):
            if self._run.over.wait(self._run.seconds * 0.85 / self._letters):
                return
            sender = self._who_writes(number)
            to = [FETCHED] if number % 3 == 0 else [OURS, FETCHED] if number % 10 == 1 else [OURS]
            copied = self._chance.choice(self.people) if number % 5 == 2 else ""
            self._writes(sender, to, subject=f"Question {number}", cc=copied if copied != sender else "")

    def read(self) -> None:
        """Everybody reads, and does what it is their way to do. Goes on until all is quiet."""
        while not self._run.quiet.is_set():
            for owner, file in self._new():
                self._seen.add(file.name)
                self._reads(owner, file.read_bytes())
            time.sleep(0.2)

    def unread(self) -> int:
        """How many letters lie in mailboxes and nobody has looked at them."""
        return len(self._new())

    def colleague_answers(self) -> None:
        """Anna answers what is new; what its own commit has taken must go out."""
        from opora.desk.kernel import clock
        from opora.desk.kernel.errors import Refused
        from opora.desk.tickets import actions as tickets
        from opora.desk.tickets.models import Ticket

        while not self._run.over.wait(0.25):
            waiting = Ticket.objects.filter(state__in=["new", "open"]).exclude(requester__addresses__email=self.mad)
            if not (found := list(waiting.order_by("-changed_at")[:5])):
                continue
            text = f"answer {len(self._run.answered)}"
            try:
                message = tickets.reply_and_wait(
                    self._chance.choice(found), by=self._run.anna, text=text, at=clock.now()
                )
            except Refused as refusal:
                print(f"an answer was refused: {refusal}", file=sys.stderr)
                continue
            self._run.answered.append(message.pk)

    def answer_the_dead(self) -> None:
        """Whoever cannot be reached is answered at least once, so that the report about it comes."""
        from opora.desk.kernel import clock
        from opora.desk.tickets import actions as tickets
        from opora.desk.tickets.models import Ticket

        asked = Ticket.objects.filter(state__in=["new", "open"], requester__addresses__email=self.gone).first()
        if asked is not None:
            message = tickets.reply(asked, by=self._run.anna, text="answer to the dead", at=clock.now())
            self._run.answered.append(message.pk)

    def flood_comes(self) -> None:
        """On the third day somebody's program goes mad."""
        self._run.over.wait(self._run.seconds * THIRD_DAY)
        lines = [threading.Thread(target=self._flood_line, args=[line], daemon=True) for line in range(FLOOD_LINES)]
        for line in lines:
            line.start()
        while any(line.is_alive() for line in lines):
            self._behind = self._stored()
            time.sleep(0.2)

    def _flood_line(self, line: int) -> None:
        left = list(range(line, self._flood, FLOOD_LINES))
        while left:
            if self._behind > FLOOD_AHEAD:
                time.sleep(0.1)
                continue
            try:
                with smtplib.LMTP("127.0.0.1", self._run.port, timeout=20) as client:
                    for number in left[:100]:
                        client.sendmail(self.mad, [OURS], self._alert(number))
                        left.remove(number)
                        self.flooded.append(number)
            except (OSError, smtplib.SMTPException):
                time.sleep(0.1)

    def _alert(self, number: int) -> bytes:
        head = f"From: {self.mad}\r\nTo: {OURS}\r\nMessage-ID: <f{number}@flood.example>\r\nSubject: Alert {number}\r\n"
        return f"{head}\r\nfloodword{number}\r\n".encode()

    def _stored(self) -> int:
        from opora.desk.channels.email.models import RawLetter

        return RawLetter.objects.filter(state="stored").count()

    def _who_writes(self, number: int) -> str:
        if number in (3, self._letters // 2):
            return self.liar
        return self.gone if number % 29 == 7 else self.away if number % 31 == 9 else self._chance.choice(self.people)

    def _new(self) -> list[tuple[str, Path]]:
        found = [(owner, file) for owner in self.there for file in (self._maildirs / owner / "new").glob("*")]
        return [(owner, file) for owner, file in found if file.name not in self._seen]

    def _reads(self, owner: str, raw: bytes) -> None:
        from opora.desk.channels.email.parsing import read_letter

        letter = read_letter(raw)
        if not letter.sender or letter.sender.key not in (OURS, FETCHED):
            return
        self.arrived[letter.message_id, owner] += 1
        mail_id = f"m{next(self._numbers)}@{owner.rpartition('@')[2]}"
        self.answers_to[mail_id] = letter.message_id
        back = letter.reply_to[0].email if letter.reply_to else OURS
        if owner == self.away:
            self._send(owner, [back], text="I am away.", subject="Away", auto_submitted="auto-replied", mail_id=mail_id)
        elif owner == self.liar:
            self._send(owner, [letter.sender.email], text="We got it.", subject="Received", mail_id=mail_id)
        elif owner == self.friend:
            self._writes(owner, [back], subject=f"Re: {letter.subject}", mail_id=mail_id)
        elif not letter.automatic and not self._run.over.is_set() and self._chance.random() < 0.4:
            self._answers(owner, back, letter, mail_id)
        elif self._chance.random() < 0.05:
            self._forwards(owner, back, letter, mail_id)

    def _answers(self, owner: str, back: str, letter: "Letter", mail_id: str) -> None:
        quoted = "\r\n".join(f"> {line}" for line in ("On Monday, Support wrote:", *letter.text.splitlines()[:20]))
        more = {"in_reply_to": f"<{letter.message_id}>"} if self._chance.random() < 0.8 else {}
        subject = f"Re: {letter.subject}"
        self._writes(owner, [back], subject=subject, quoted=_without_tokens(quoted), mail_id=mail_id, **more)

    def _forwards(self, owner: str, back: str, letter: "Letter", mail_id: str) -> None:
        """To a friend, who answers us: with our own token and id, and yet a stranger to the ticket."""
        text = f"Look: {_without_tokens(letter.text)}"
        self._send(owner, [self.friend], text=text, subject=f"Fwd: {letter.subject}", mail_id=mail_id, reply_to=back)
        self._writes(self.friend, [back], subject=f"Re: {letter.subject}", in_reply_to=f"<{letter.message_id}>")

    def _writes(self, sender: str, to: list[str], **more: str) -> None:
        token = f"word{next(self._numbers)}word"
        if self._send(sender, to, text=f"It does not work. {token}\r\n" + more.pop("quoted", ""), **more):
            self.accepted.add(token)

    def _send(self, sender: str, to: list[str], *, text: str, mail_id: str = "", **headers: str) -> bool:
        """Hand a letter to Postfix; True when it was accepted."""
        mail_id = mail_id or f"m{next(self._numbers)}@{sender.rpartition('@')[2]}"
        fields = {"From": sender, "To": ", ".join(to), "Message-ID": f"<{mail_id}>", "Subject": "Hello"}
        fields |= {name.replace("_", "-").title(): value for name, value in headers.items() if value}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        everybody = [*to, *(one.strip() for one in headers.get("cc", "").split(",") if one)]
        try:
            with smtplib.SMTP("127.0.0.1", self._run.postfix.port, timeout=30) as client:
                client.sendmail(sender, everybody, (head + "\r\n" + text + "\r\n").encode())
        except (OSError, smtplib.SMTPException):
            return False
        return True


def _without_tokens(text: str) -> str:
    """A quotation must not look like the words themselves."""
    return TOKEN.sub("…", text)
