"""Three hundred calls an hour for an hour, compressed: how soon they pop up before the operator, and whether each is kept once.

The real `opora up` with its own PostgreSQL on disk. Half of the calls come by the hook, half over the line of an Asterisk (a
stand-in that speaks its manager interface); words are told twice, answers and ends in the wrong order. A pop is the piece of the
live stream that an operator's open page gets, from the moment in which the exchange begins to tell.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg

from opora.config.embedded import running_url
from tests.phone.fake_ami import FakeManager
from tests.runs.program import Program
from tests.runs.waiting import wait_until

HOUR = 3600.0
GOAL = 1.0
SHORTEST_RING = 2.0
"""Seconds by the clock that every call rings: compressed further, calls would be over before they could pop up."""
OPERATORS = ("101", "102", "103", "104")
CUSTOMERS = 80
OURS = "74957654321"
PREPARE = """
import sys
from importlib import import_module
import django; django.setup()
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from opora.desk.channels.phone import actions as phone, errands
from opora.desk.customers import actions as customers
from opora.desk.kernel import clock
from opora.desk.kernel.actors import SYSTEM
from opora.desk.people import actions as people
at, address = clock.now(), sys.argv[1]
boss = people.hire(email="boss@provider.example", name="Boss", roles=["admin"], by=SYSTEM, at=at)
hook, token = phone.connect(name="Hook", preset="generic", region="RU", secret="", by=boss, at=at)
line, _ = phone.connect(name="Line", preset="asterisk", region="RU", secret="", by=boss, at=at)
errands.reach(line, address=address, login="opora", password="sesame", by=boss, at=at)
bakery = customers.sign_up(name="Bakery", language="en", zone="Europe/Moscow", domains=["bakery.example"], by=SYSTEM, at=at)
for n in range(int(sys.argv[2])):
    customers.add_contact(
        organisation=bakery, name=f"Person {n}", emails=[f"p{n}@bakery.example"], phones=[f"+7495{1000000 + n}"], by=SYSTEM, at=at
    )
print(token)
for extension in sys.argv[3:]:
    staff = people.hire(email=f"{extension}@provider.example", name=f"Op {extension}", roles=["operator"], by=SYSTEM, at=at)
    for exchange in (hook, line):
        phone.seat(exchange, extension=extension, staff=staff)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(staff.account.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = staff.account.get_session_auth_hash()
    session.create()
    print(staff.pk, session.session_key)
"""


def main() -> int:
    """Print what was found; exit 1 when a call was lost or doubled, or pops came too late."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=300, help="calls in the hour (default 300)")
    parser.add_argument(
        "--faster", type=float, default=12.0, help="how often faster than life (default 12: five minutes)"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="opora-bench-calls-"))
    with FakeManager() as manager:
        run = Run(folder, manager, options.calls, options.faster, options.seed)
        try:
            found = run.run()
        except BaseException:
            sys.stderr.write(run.program.said()[-3000:])
            raise
        finally:
            run.program.end()
            shutil.rmtree(folder, ignore_errors=True)
    lines = "\n".join(f"{name:<58} {figure:>8}" for name, figure in found.items())
    print(json.dumps(found) if options.json else lines)
    return 1 if any(figure for name, figure in found.items() if name.startswith("WRONG")) else 0


@dataclass
class Ring:
    """A call as it is to be: by which road, from whom, at whose telephone; how long it rings and, if answered, is talked."""

    key: str
    by_line: bool
    number: str
    extension: str
    rings: float
    talks: float
    twice: bool
    disordered: bool
    told_at: float = 0.0


@dataclass
class Page:
    """An operator's open page: it notes when it was told that a call rings."""

    site: tuple[str, int]
    staff: str
    session: str
    rang: dict[int, float] = field(default_factory=dict)
    twice: int = 0
    open: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        """Until the server ends."""
        connection = HTTPConnection(*self.site, timeout=600)
        connection.request(
            "GET", f"/live/events?topics=staff:{self.staff}", headers={"Cookie": f"opora_session={self.session}"}
        )
        answer = connection.getresponse()
        if answer.status != 200:
            sys.stderr.write(f"the live stream answered {answer.status}\n")
            return
        try:
            while line := answer.readline():
                self._take(line.decode())
        except OSError:
            return

    def _take(self, line: str) -> None:
        if line.startswith("event: hello"):
            self.open.set()
        if not line.startswith("data: "):
            return
        told = json.loads(line[6:])
        if told.get("name") == "phone.ringing":
            call = int(told["subject"][1])
            self.twice += call in self.rang
            self.rang.setdefault(call, time.monotonic())


class Run:
    """One hour."""

    def __init__(self, folder: Path, manager: FakeManager, calls: int, faster: float, seed: int) -> None:
        self.manager, self.faster = manager, faster
        self.chance = random.Random(seed)
        self.program = Program(folder / "state", {"OPORA_SECOND_FACTOR": "optional"})
        self.rings = [self._ring(number) for number in range(calls)]
        self.lock = threading.Lock()
        self.refused: Counter[int] = Counter()
        self.pages: list[Page] = []

    def run(self) -> dict[str, float]:
        """Everything, and the findings."""
        self.program.up()
        self._prepare()
        began = time.monotonic()
        self._play()
        lasted = time.monotonic() - began
        wait_until(self._is_quiet, "every call is settled", 300)
        return self._findings(lasted)

    def _ring(self, number: int) -> Ring:
        talks = 0.0 if self.chance.random() < 0.2 else min(900.0, self.chance.expovariate(1 / 150)) + 5
        return Ring(
            key=f"{number}.0",
            by_line=self.chance.random() < 0.5,
            number=f"+7495{1000000 + self.chance.randrange(CUSTOMERS)}",
            extension=self.chance.choice(OPERATORS),
            rings=self.chance.uniform(3, 25),
            talks=talks,
            twice=self.chance.random() < 0.2,
            disordered=self.chance.random() < 0.1,
        )

    def _prepare(self) -> None:
        prepared = {**self.program.environment, "DJANGO_SETTINGS_MODULE": "opora.config.settings"}
        words = [sys.executable, "-c", PREPARE, self.manager.address, str(CUSTOMERS), *OPERATORS]
        made = subprocess.run(words, env=prepared, check=True, capture_output=True, text=True).stdout.split()
        self.token = made[0]
        for staff, session in zip(made[1::2], made[2::2], strict=True):
            page = Page(("127.0.0.1", self.program.port), staff, session)
            threading.Thread(target=page.read, daemon=True).start()
            self.pages.append(page)
        for page in self.pages:
            wait_until(page.open.is_set, "an operator's page is open")
        self.manager.await_action("CoreShowChannels")

    def _play(self) -> None:
        """Begin the calls by chance over the hour; each goes its own way meanwhile."""
        steps: list[tuple[float, Ring, str]] = []
        for ring in self.rings:
            begins = self.chance.uniform(0, HOUR)
            answered = begins + max(ring.rings, SHORTEST_RING * self.faster)
            ended = answered + ring.talks
            moments = [(begins, "newCall"), *([(answered, "answer")] if ring.talks else []), (ended, "hangup")]
            if ring.disordered and ring.talks:
                moments[1:] = [(ended, "hangup"), (ended + 2, "answer")]
            for at, event in moments:
                steps += [(at / self.faster, ring, event)] * (1 + ring.twice)
        began = time.monotonic()
        for at, ring, event in sorted(steps, key=lambda step: step[0]):
            time.sleep(max(0.0, began + at - time.monotonic()))
            threading.Thread(target=self._tell, args=[ring, event], daemon=True).start()

    def _tell(self, ring: Ring, event: str) -> None:
        ring.told_at = ring.told_at or time.monotonic()
        if ring.by_line:
            self._list(ring, event)
            self.manager.tell(*spoken(ring, event))
        elif (status := self._post(ring, event)) != 200:
            self.refused[status] += 1

    def _list(self, ring: Ring, event: str) -> None:
        """The exchange lists what lives whenever it is asked."""
        with self.lock:
            others = [one for one in self.manager.lives if one["Linkedid"] != ring.key]
            self.manager.lives = others if event == "hangup" else [*others, customer_side(ring)]

    def _post(self, ring: Ring, event: str) -> int:
        said = {
            "event": event,
            "callId": ring.key,
            "from": ring.number,
            "to": OURS,
            "direction": "in",
            "user": ring.extension,
        }
        connection = HTTPConnection("127.0.0.1", self.program.port, timeout=30)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request("POST", f"/hooks/cti/{self.token}", urlencode(said), headers)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def _rows(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(running_url(self.program.state) or "", autocommit=True) as connection:
            return connection.execute(statement.encode()).fetchall()

    def _is_quiet(self) -> bool:
        (row,) = self._rows("SELECT count(*) FILTER (WHERE settled_at IS NOT NULL) FROM phone_channel_call")
        return int(row[0]) >= len(self.rings)

    def _findings(self, lasted: float) -> dict[str, float]:
        rows = self._rows(
            "SELECT c.id, x.name = 'Line', c.key, c.state, c.answered_at IS NOT NULL, c.caller, c.contact_id IS NOT NULL"
            " FROM phone_channel_call c JOIN phone_channel_connection x ON x.id = c.connection_id"
        )
        known = {
            (by_line, key): (pk, state, answered, caller, named)
            for pk, by_line, key, state, answered, caller, named in rows
        }
        waits, unheard, wrong = [], 0, 0
        for ring in self.rings:
            pk, state, answered, caller, named = known.get((ring.by_line, ring.key), (0, "", None, "", False))
            moments = [page.rang[pk] for page in self.pages if pk in page.rang]
            unheard += not moments
            waits += [min(moments) - ring.told_at] if moments else []
            wrong += (state, answered, caller, named) != ("ended", bool(ring.talks), ring.number, True)
        tasks = dict(self._rows("SELECT number, sum(tries) FROM phone_channel_callback GROUP BY number"))
        many = self._rows("SELECT count(*) FROM phone_channel_callback GROUP BY number HAVING count(*) > 1")
        missed = Counter(ring.number for ring in self.rings if not ring.talks)
        waits.sort()
        return {
            "calls": len(self.rings),
            "of these over the line": sum(ring.by_line for ring in self.rings),
            "missed": sum(missed.values()),
            "told twice": sum(ring.twice for ring in self.rings),
            "seconds for the hour": round(lasted),
            "calls an hour as it was played": round(len(self.rings) * HOUR / lasted),
            "pop, half of them within (s)": round(share(waits, 0.5), 3),
            "pop, 99 % within (s)": round(share(waits, 0.99), 3),
            "pop, the slowest (s)": round(waits[-1], 3) if waits else 0.0,
            "WRONG: 99 % of the pops took more than a second": int(share(waits, 0.99) > GOAL),
            "WRONG: calls that popped up nowhere": unheard,
            "WRONG: calls lost": sum((ring.by_line, ring.key) not in known for ring in self.rings),
            "WRONG: calls doubled": len(rows) - len(known) + max(0, len(known) - len(self.rings)),
            "WRONG: calls that ended otherwise than they were": wrong,
            "WRONG: missed numbers without their one task": sum(number not in tasks for number in missed) + len(many),
            "WRONG: requests not answered with 200": sum(self.refused.values()),
        }


def share(waits: list[float], part: float) -> float:
    """The wait within which this part of them came."""
    return waits[min(len(waits) - 1, int(len(waits) * part))] if waits else float("inf")


def customer_side(ring: Ring) -> dict[str, str]:
    """The customer's channel as an Asterisk names it."""
    channel = f"PJSIP/trunk-{int(float(ring.key)):08x}"
    return {"Channel": channel, "CallerIDNum": ring.number, "Exten": OURS, "Uniqueid": ring.key, "Linkedid": ring.key}


def spoken(ring: Ring, event: str) -> list[dict[str, str]]:
    """What an Asterisk says of it."""
    customer = customer_side(ring)
    telephone = {"DestChannel": f"PJSIP/{ring.extension}-{int(float(ring.key)):08x}", "DestUniqueid": f"{ring.key}.1"}
    telephone |= {"DestCallerIDNum": ring.extension, "DestLinkedid": ring.key}
    if event == "newCall":
        join = {"Event": "QueueCallerJoin", **customer, "Queue": "support"}
        return [
            {"Event": "Newchannel", **customer},
            join,
            {"Event": "AgentCalled", **customer, **telephone, "Queue": "support"},
        ]
    if event == "answer":
        return [
            {
                "Event": "AgentConnect",
                **customer,
                **telephone,
                "Queue": "support",
                "Interface": f"PJSIP/{ring.extension}",
            }
        ]
    return [{"Event": "Hangup", **customer, "Cause": "16"}]


if __name__ == "__main__":
    sys.exit(main())
