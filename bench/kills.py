"""Kill -9 of any part of the running program: letters and answers stream while web, worker, mail, database and supervisor die.

The real `opora up` on a folder of its own, with its own PostgreSQL that writes to disk. Letters come in by LMTP, colleagues
answer through the API, each call under a key, as a careful program calls it; a mail server takes what goes out. Then every
acknowledged letter must be exactly one message, every acknowledged answer exactly one, and every letter of ours must have
reached the server exactly once or stand visibly as unknown.
"""

import argparse
import email
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, BinaryIO
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

import psycopg

from bench._streams import Letters
from opora.config.embedded import running_url
from tests.email.servers import FakeServer
from tests.runs.program import Program

QUIET = 180.0
SUPPORT = "support@provider.example"
PARTS = {"worker": 4, "mail": 2, "web": 2, "postgres": 1, "supervisor": 1}
"""Who is killed, and how often compared with the others."""
PREPARE = """
import django; django.setup()
from opora.desk.kernel import clock
from opora.desk.kernel.actors import SYSTEM
from opora.desk.people import actions as people
from opora.desk.web.signin.actions import make_token
from opora.desk.web.signin.models import Scope
at = clock.now()
people.form_team(slug="first", name="First", kind="l1", by=SYSTEM, at=at)
anna = people.hire(email="anna@provider.example", name="Anna", roles=["l1"], by=SYSTEM, at=at)
print(make_token(anna.account, name="bench", scopes=list(Scope.values), by=SYSTEM, at=at)[1])
"""
LEASES_OF_THE_DEAD = """
    UPDATE email_channel_recipient SET next_try_at = now()
    WHERE state = 'sending' AND next_try_at > now() AND (
        handed_over_at < (SELECT max(started_at) FROM kernel_pulse WHERE kind = 'worker')
        OR handed_over_at IS NULL AND (
            next_try_at - interval '2 minutes' < (SELECT max(started_at) FROM kernel_pulse WHERE kind = 'worker')
            OR next_try_at BETWEEN now() + interval '2 minutes' AND now() + interval '7 minutes'))
"""
"""What a killed worker had in hand is looked at again after some minutes (`sending.Leases`); here nobody waits so long."""


def main() -> int:
    """Print what was found; exit 1 when anything was lost or doubled, or the program did not mend itself."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=1_000, help="letters that come in (default 1,000)")
    parser.add_argument("--replies", type=int, default=1_000, help="answers of colleagues (default 1,000)")
    parser.add_argument("--kills", type=int, default=200, help="how often something is killed (default 200)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="opora-bench-kills-"))
    run = Run(folder, options.letters, options.replies, options.kills, options.seed)
    try:
        found = run.run()
    except BaseException:
        sys.stderr.write(run.program.said()[-3000:])
        raise
    finally:
        run.program.end()
        shutil.rmtree(folder, ignore_errors=True)
    lines = "\n".join(f"{name:<52} {figure:>8}" for name, figure in found.items())
    print(json.dumps(found) if options.json else lines)
    return 1 if any(figure for name, figure in found.items() if name.startswith("WRONG")) else 0


class SlowServer(FakeServer):
    """A mail server that takes its time with each letter, as real ones do, so that kills meet letters on the wire."""

    def _take(self, connection: socket.socket, stream: BinaryIO, recipients: list[str]) -> bool:
        time.sleep(random.uniform(0.0, 0.15))
        return super()._take(connection, stream, recipients)


class Run:
    """One experiment."""

    def __init__(self, folder: Path, letters: int, replies: int, kills: int, seed: int) -> None:
        self.letters = Letters(letters, to=SUPPORT, port=lambda: self.program.mail_port)
        self.replies, self.kills = replies, kills
        self.chance = random.Random(seed)
        self.server = SlowServer()
        caps = dict.fromkeys(("OPORA_MAIL_SENDER_CAP", "OPORA_MAIL_TICKET_CAP", "OPORA_MAIL_FUSE"), "0")
        own = {"OPORA_SMTP_URL": self.server.url, "OPORA_MAIL_ADDRESS": SUPPORT, "OPORA_SECOND_FACTOR": "optional"}
        self.program = Program(folder / "state", caps | own)
        self.killed: Counter[str] = Counter()
        self.while_sending = 0
        self.answered: list[int] = []
        self.calls = 0
        self.gave_up = 0

    def run(self) -> dict[str, int]:
        """Everything, and the findings."""
        self.program.up()
        prepared = {**self.program.environment, "DJANGO_SETTINGS_MODULE": "opora.config.settings"}
        made = subprocess.run([sys.executable, "-c", PREPARE], env=prepared, check=True, capture_output=True, text=True)
        self.key = made.stdout.strip()
        streams = [threading.Thread(target=stream, daemon=True) for stream in (self._give_letters, self._answer)]
        for stream in streams:
            stream.start()
        while sum(self.killed.values()) < self.kills:
            time.sleep(self.chance.uniform(0.05, 1.2))
            self._kill(self.chance.choices(list(PARTS), list(PARTS.values()))[0])
        for stream in streams:
            stream.join()
        self.program.wait_ready()
        self._wait_until_quiet()
        return self._findings()

    def _kill(self, name: str) -> None:
        """One kill, when the part runs just now; a tree that ended by itself is a finding, and is started again."""
        assert self.program.process is not None
        if self.program.process.poll() is not None:
            self.gave_up += 1
            self.program.process = self.program.start()
            return
        pid = self.program.process.pid if name == "supervisor" else self.program.children().get(name)
        if pid is None:
            return
        if name == "worker":
            self.while_sending += self._ask("SELECT count(*) > 0 FROM email_channel_recipient WHERE state = 'sending'")
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.killed[name] += 1
        if name == "supervisor":
            self.program.process.wait()
            self.program.process = self.program.start()
        if sum(self.killed.values()) % 20 == 0:
            say = f"{sum(self.killed.values())} killed, {len(self.letters.acknowledged)} letters, {len(self.answered)} answers"
            print(say, file=sys.stderr, flush=True)

    def _ask(self, statement: str) -> int:
        """The first value of a statement; 0 while the database is away."""
        rows = self._rows(statement)
        return int(rows[0][0]) if rows and rows[0][0] is not None else 0

    def _rows(self, statement: str) -> list[tuple[Any, ...]]:
        try:
            with psycopg.connect(
                running_url(self.program.state) or "", connect_timeout=3, autocommit=True
            ) as connection:
                return connection.execute(statement).fetchall()  # type: ignore[arg-type]
        except (psycopg.Error, OSError):
            return []

    def _may_go_on(self, number: int, of: int) -> None:
        """Hold the streams back so that they last as long as the killing."""
        while number / of > (sum(self.killed.values()) + 1) / max(1, self.kills):
            time.sleep(0.01)

    def _give_letters(self) -> None:
        self.letters.give(self._may_go_on)

    def _answer(self) -> None:
        """A colleague answers tickets as they come; a call without an answer is made again under its own key."""
        chance = random.Random(len(self.key))
        while len(self.answered) < self.replies:
            number = len(self.answered)
            self._may_go_on(number, self.replies)
            found = self._rows("SELECT id FROM tickets_ticket ORDER BY id DESC LIMIT 20")
            if not found:
                time.sleep(0.1)
                continue
            ticket = chance.choice(found)[0]
            while (status := self._post(ticket, number)) not in (201, 422):
                time.sleep(0.05)
            if status == 201:
                self.answered.append(number)

    def _post(self, ticket: int, number: int) -> int:
        """The status of one try, 0 when there was no answer."""
        self.calls += 1
        request = Request(
            f"http://127.0.0.1:{self.program.port}/api/v1/tickets/{ticket}/messages",
            data=json.dumps({"text": f"answer{number}answer"}).encode(),
            headers={
                "Authorization": f"Bearer {self.key}",
                "Content-Type": "application/json",
                "Idempotency-Key": f"answer-{number}-to-{ticket}",
            },
        )
        try:
            with build_opener(ProxyHandler({})).open(request, timeout=20) as answer:
                return int(answer.status)
        except HTTPError as error:
            return int(error.code)
        except (URLError, OSError):
            return 0

    def _wait_until_quiet(self) -> None:
        """Until nothing waits any more; given up only when nothing has moved for three minutes."""
        waiting, moved = self._waiting(), time.monotonic()
        while waiting and time.monotonic() - moved < QUIET:
            self._rows(LEASES_OF_THE_DEAD + " RETURNING 1")
            time.sleep(0.5)
            still = self._waiting()
            moved = time.monotonic() if still != waiting else moved
            waiting = still

    def _waiting(self) -> int:
        return self._ask(
            "SELECT (SELECT count(*) FROM email_channel_recipient WHERE state IN ('queued', 'sending'))"
            " + (SELECT count(*) FROM email_channel_rawletter WHERE state = 'stored')"
            " + (SELECT count(*) FROM kernel_delivery)"
        )

    def _findings(self) -> dict[str, int]:
        said = Counter(text.strip() for (text,) in self._rows("SELECT text FROM tickets_message"))
        arrived: Counter[tuple[str, str]] = Counter()
        for recipients, raw in self.server.received:
            mail_id = str(email.message_from_bytes(raw)["Message-ID"]).strip("<> \r\n")
            arrived.update((mail_id, address) for address in recipients)
        rows = self._rows(
            "SELECT l.mail_id, r.email, r.state, m.text FROM email_channel_recipient r"
            " JOIN email_channel_outgoingletter l ON l.id = r.letter_id LEFT JOIN tickets_message m ON m.id = l.message_id"
        )
        posted = Counter((text or "").strip() for _, _, _, text in rows)
        answers = [f"answer{number}answer" for number in self.answered]
        letters = [f"word{number}word" for number in self.letters.acknowledged]
        return {
            "letters acknowledged": len(letters),
            "tries it took": self.letters.tries,
            "answers acknowledged": len(answers),
            "calls it took": self.calls,
            "letters of ours": len(rows),
            "sent": sum(state == "sent" for _, _, state, _ in rows),
            "unknown, for a person to decide": sum(state == "unknown" for _, _, state, _ in rows),
            "of these had arrived": sum(arrived[i, e] == 1 for i, e, state, _ in rows if state == "unknown"),
            **{f"killed: {name}": self.killed[name] for name in PARTS},
            "worker killed while it was sending": self.while_sending,
            "WRONG: the program gave itself up": self.gave_up,
            "WRONG: acknowledged letter without its message": sum(said[words] == 0 for words in letters),
            "WRONG: acknowledged letter, several messages": sum(said[words] > 1 for words in letters),
            "WRONG: acknowledged answer without its message": sum(said[words] == 0 for words in answers),
            "WRONG: acknowledged answer, several messages": sum(said[words] > 1 for words in answers),
            "WRONG: answer without a letter": sum(posted[words] == 0 for words in answers),
            "WRONG: arrived more than once": sum(count > 1 for count in arrived.values()),
            "WRONG: called sent, not arrived once": sum(arrived[i, e] != 1 for i, e, s, _ in rows if s == "sent"),
            "WRONG: neither sent nor unknown": sum(state not in ("sent", "unknown") for _, _, state, _ in rows),
            "WRONG: something still waits": self._waiting(),
            "WRONG: letters not read": self._ask("SELECT count(*) FROM email_channel_rawletter WHERE state <> 'done'"),
        }


if __name__ == "__main__":
    sys.exit(main())
