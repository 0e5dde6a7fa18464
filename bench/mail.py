"""Understanding letters: right answers on the corpus, words lost, letters a second, and hostile megabytes.

The corpus lies outside the project: OPORA_TEST_MAIL_CORPUS, else ../shared/mail-corpus from the checkout. Its sources disagree
on conventions (is a signature part of the reply?), so not everything that fails is wrong. `--write` puts the table and the
names of what fails into docs/email.md.
"""

import argparse
import json
import re
import resource
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256

from bench._corpus import Case, cases, folder
from bench._hostile import BODIES, LETTERS
from house.environment import ROOT
from opora.desk.channels.email.parsing import Letter, cut_reply, read_letter
from opora.desk.channels.email.parsing.reply import cut_body
from opora.desk.channels.email.parsing.telling import as_facts
from tests.email.test_attributions import ATTRIBUTIONS, BARE, BLOCKS, OWN, QUOTE

DOCUMENT = ROOT / "docs" / "email.md"
BEGIN, END = "<!-- bin/bench mail begins -->", "<!-- bin/bench mail ends -->"
GOALS = {
    "subject": 0.98, "sender": 0.98, "attachments": 0.95, "reply": 0.80, "reply, Russian": 0.90, "automatic": 0.97,
    "bounce": 0.97,
}  # fmt: skip
LOSS_GOAL, SPEED_GOAL, CUT_GOAL, PARSE_GOAL, MEMORY_GOAL = 0.01, 1500, 0.050, 1.0, 300
CYRILLIC = re.compile("[а-яё]", re.I)


@dataclass(slots=True)
class Tally:
    """What was right and what was not, by measure."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, list[str]] = field(default_factory=dict)
    answers: dict[str, list[tuple[str, bool]]] = field(default_factory=dict)

    def note(self, measure: str, name: str, good: bool) -> None:
        """One answer."""
        self.wrong.setdefault(measure, [])
        self.answers.setdefault(measure, []).append((name, good))
        if good:
            self.right[measure] += 1
        else:
            self.wrong[measure].append(name)

    def halves(self, measure: str) -> str:
        """The shares of the two halves of the cases, parted by a hash of their names: how much hangs on which letters."""
        right: Counter[int] = Counter()
        of: Counter[int] = Counter()
        for name, good in self.answers.get(measure, ()):
            half = sha256(name.encode()).digest()[0] % 2
            of[half] += 1
            right[half] += good
        return " and ".join(f"{right[half] / of[half]:.1%} of {of[half]}" for half in (0, 1) if of[half])

    def count(self, measure: str) -> tuple[int, int]:
        """(right, of how many)."""
        right = self.right[measure]
        return right, right + len(self.wrong.get(measure, ()))


def main() -> int:
    """Print the figures and what fails; exit 1 when one misses its goal, 2 without the corpus."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into docs/email.md")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        return _measure_one(options.one)
    corpus = folder()
    if corpus is None:
        print("bench mail: the corpus is not there; say where by OPORA_TEST_MAIL_CORPUS", file=sys.stderr)
        return 2
    found = cases(corpus)
    tally = judge_all(found)
    lines, good = _table(tally, speed_of(found), hostile())
    halves = ", ".join(f"{name} {tally.halves(name)}" for name in ("attachments", "reply", "automatic", "bounce"))
    text = "\n".join([*lines, "", f"The corpus parted in two by a hash of the names: {halves}.", "", *_failures(tally)])
    print(text)
    if options.write:
        before, _, rest = DOCUMENT.read_text().partition(BEGIN)
        DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")
    return 0 if good else 1


def judge_all(found: list[Case]) -> Tally:
    """Read every case and compare."""
    tally = Tally()
    for case in found:
        try:
            letter = cut_body(case.raw) if case.kind in ("text", "html") else read_letter(case.raw)
            json.dumps(as_facts(letter), ensure_ascii=False).encode()
        except Exception as error:
            tally.note("read", f"{case.id} ({error!r})", False)
            continue
        tally.note("read", case.id, True)
        _judge_facts(case, letter, tally)
        _judge_reply(case, letter, tally)
    for own in OWN:
        for opening in [line for line in ATTRIBUTIONS + BLOCKS if CYRILLIC.search(line)]:
            for below in (QUOTE, BARE):
                tally.note(
                    "reply, Russian", opening.split("\n")[0][:50], cut_reply(f"{own}\n\n{opening}{below}").reply == own
                )
    return tally


def _judge_facts(case: Case, letter: Letter, tally: Tally) -> None:
    expect = case.expect
    if expect.get("subject"):
        tally.note("subject", case.id, _plain(letter.subject) == _plain(expect["subject"]))
    if expect.get("from_email") or expect.get("from_name"):
        sender = (letter.sender.key, _plain(letter.sender.name)) if letter.sender else ("", "")
        asked = ((expect.get("from_email") or "").lower(), _plain(expect.get("from_name") or ""))
        tally.note("sender", case.id, sender == asked)
    if "attachments" in expect or "n_attachments" in expect:
        tally.note("attachments", case.id, _same_files(letter, expect))
    elif case.kind == "tnef":
        names = sorted(file.name for file in letter.attachments if file.name != "body.rtf")
        asked_names = sorted(name for name in expect["attachment_names"] if name not in ("body.rtf", "body.html"))
        tally.note("files of winmail.dat, by name", case.id, names == asked_names)
    if "is_auto" in expect:
        tally.note("automatic", case.id, bool(letter.automatic) == expect["is_auto"])
    if isinstance(expect.get("is_bounce"), bool):
        tally.note("bounce", case.id, bool(letter.bounce) == expect["is_bounce"])
    if "failed_recipients" in expect:
        for kind in ("failed", "delayed"):
            named = {address.lower() for address in letter.bounce.recipients} if letter.bounce.kind == kind else set()
            asked_for = {address.lower() for address in expect[f"{kind}_recipients"]}
            if named or asked_for:
                tally.note("recipients of the bounce", case.id, named == asked_for)


def _same_files(letter: Letter, expect: dict[str, list[dict[str, str | None]]]) -> bool:
    asked = expect.get("attachments", [])
    if len(asked) != len(letter.attachments):
        return False
    for wanted, file in zip(asked, letter.attachments, strict=True):
        name = (wanted["name"] or "").rsplit("/")[-1]
        if (name and name != file.name) or (wanted["sha"] and wanted["sha"] != file.sha256[:16]):
            return False
    return True


def _judge_reply(case: Case, letter: Letter, tally: Tally) -> None:
    if "reply_text" not in case.expect:
        if "is_auto" not in case.expect and case.kind == "rfc822" and case.id.startswith("talon/"):
            tally.note("people taken for people", case.id, not letter.automatic)
        return
    asked, got = _plain(case.expect["reply_text"]), _plain(letter.reply_text)
    tally.note("reply", case.id, got == asked)
    if CYRILLIC.search(case.raw.decode("utf-8", "replace")):
        tally.note("reply, Russian", case.id, got == asked)
    words = Counter(asked.split())
    lost = (words - Counter(got.split())).total() / max(1, words.total())
    tally.note("author's words kept", case.id, lost <= 0.2)
    if case.kind == "rfc822":
        tally.note("people taken for people", case.id, not letter.automatic and not letter.bounce)


def _plain(text: str) -> str:
    return " ".join(text.split())


def speed_of(found: list[Case]) -> float:
    """Letters a second of one core: all letters of the corpus, three times over, the best time."""
    raws = [case.raw for case in found if case.kind == "rfc822"]
    spent = []
    for _ in range(3):
        began = time.process_time()
        for raw in raws:
            read_letter(raw)
        spent.append(time.process_time() - began)
    return len(raws) / min(spent)


def hostile() -> list[tuple[str, float, float, float]]:
    """(name, seconds of CPU, its goal, MB at the highest) of each hostile megabyte, each in a process of its own."""
    figures = []
    for name in [*BODIES, *LETTERS]:
        done = subprocess.run(
            [sys.executable, __file__, "--one", name], capture_output=True, text=True, timeout=120, check=False, cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PATH": ""},
        )  # fmt: skip
        seconds, memory = (float(word) for word in done.stdout.split()) if done.returncode == 0 else (120.0, 9999.0)
        figures.append((name, seconds, CUT_GOAL if name in BODIES else PARSE_GOAL, memory))
    return figures


def _measure_one(name: str) -> int:
    read_letter(b"Subject: warm\n\nwarm")
    if name in BODIES:
        text = BODIES[name]()
        began = time.process_time()
        cut_reply(text)
    else:
        raw = LETTERS[name]()
        began = time.process_time()
        read_letter(raw)
    print(time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return 0


def _table(tally: Tally, speed: float, worst: list[tuple[str, float, float, float]]) -> tuple[list[str], bool]:
    lines = ["| measure | figure | goal |", "| --- | --- | --- |"]
    good = True

    def row(measure: str, figure: str, goal: str, held: bool) -> None:
        nonlocal good
        good = good and held
        lines.append(f"| {measure} | {figure}{'' if held else ' **missed**'} | {goal} |")

    right, of = tally.count("read")
    row("read without a crash, storable", f"{right} of {of}", "all", right == of)
    for measure, goal in GOALS.items():
        right, of = tally.count(measure)
        row(measure, f"{right} of {of} ({right / of:.1%})", f"{goal:.0%}", right >= goal * of)
    right, of = tally.count("author's words kept")
    row(
        "over a fifth of the author's words lost",
        f"{of - right} of {of}",
        f"{LOSS_GOAL:.0%}",
        of - right <= LOSS_GOAL * of,
    )
    right, of = tally.count("people taken for people")
    row("people taken for programs", f"{of - right} of {of}", "none", right == of)
    for measure in ("recipients of the bounce", "files of winmail.dat, by name"):
        right, of = tally.count(measure)
        row(measure, f"{right} of {of}", "", True)
    row("letters a second, one core", f"{speed:,.0f}", f"{SPEED_GOAL:,}", speed >= SPEED_GOAL)
    for what, names, goal in (("reply cut", BODIES, CUT_GOAL), ("parse", LETTERS, PARSE_GOAL)):
        name, seconds, _, _ = max((one for one in worst if one[0] in names), key=lambda one: one[1])
        row(
            f"slowest {what} of {len(names)} hostile megabytes ({name})",
            f"{seconds * 1000:.0f} ms",
            f"{goal * 1000:.0f} ms",
            seconds <= goal,
        )
    name, _, _, memory = max(worst, key=lambda one: one[3])
    row(f"most memory for one of them ({name})", f"{memory:.0f} MB", f"{MEMORY_GOAL} MB", memory <= MEMORY_GOAL)
    return lines, good


def _failures(tally: Tally) -> list[str]:
    lines = ["What still differs from what its source says, by name:", ""]
    for measure, names in sorted(tally.wrong.items()):
        if names:
            lines.append(f"- {measure}: {', '.join(f'`{name}`' for name in names)}")
    return lines


if __name__ == "__main__":
    sys.exit(main())
