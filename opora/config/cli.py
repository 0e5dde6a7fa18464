"""The command line. Nothing heavy is imported before it is known what is wanted, so that `--help` is instant.

Exit codes: 0 done; 1 could not (one line says why); 2 asked wrongly; 78 will not work before something is changed.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    asked = list(sys.argv[1:] if words is None else words)
    if asked[:1] == ["help"]:
        asked = [*asked[1:], "--help"]
    if asked[:1] == ["manage"]:
        asked = ["manage", "--", *asked[1:]]
    if asked[:1] == ["verify"]:
        from opora.evidence import stamps

        return stamps.main(asked[1:])
    options = parser().parse_args(asked)
    from opora.config import commands

    return commands.run(options)


class Parser(argparse.ArgumentParser):
    """Says what was asked wrongly in one line, as every command does."""

    def error(self, message: str) -> NoReturn:
        """Say it, and where more is said; exit 2."""
        self.exit(2, f"{self.prog}: {message}; `{self.prog} --help` says more\n")


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = Parser(prog="opora", description="Opora: the support desk for cloud and hosting providers.")
    top.add_argument("--version", action="store_true", help="print the version")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    _running(commands)
    _keeping(commands)
    _mail(commands)
    _sla(commands)
    _consent(commands)
    _demo(commands)
    return top


def _running(commands: "argparse._SubParsersAction[Parser]") -> None:
    up = commands.add_parser("up", help="run everything: database (unless DATABASE_URL), web, worker, mail")
    up.add_argument("--workers", type=_count, default=1, metavar="N", help="worker processes (default 1)")
    for name, about in (
        ("web", "run only the web port"),
        ("worker", "run only the worker: timers, deliveries, letters"),
        ("gateway", "run only the gateway: the watched way to customers' hosts (no database)"),
        ("ledger", "run only the ledger: keeps agreements, signs and seals records of work (no database)"),
        ("signer", "run only the signer: certificates for hosts, within written agreements (no database)"),
    ):
        _child(commands.add_parser(name, help=about))
    commands.choices["web"].add_argument("--listen-fd", type=int, default=-1, help=argparse.SUPPRESS)


def _keeping(commands: "argparse._SubParsersAction[Parser]") -> None:
    migrate = commands.add_parser("migrate", help="bring the database's schema up to this version")
    migrate.add_argument("--check", action="store_true", help="only say whether it is; change nothing")
    _child(migrate)
    doctor = commands.add_parser("doctor", help="check and explain: database, mail, disk, clock, versions")
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")
    db = commands.add_parser("db", help="take the whole database out to a file, or in from one")
    moves = db.add_subparsers(dest="move", metavar="MOVE", required=True)
    for name, about in (("export", "write the database to FILE"), ("import", "fill an empty database from FILE")):
        move = moves.add_parser(name, help=about)
        move.add_argument("file", metavar="FILE")
        move.add_argument("--json", action="store_true", help="print the result as JSON")
    manage = commands.add_parser("manage", help="run a Django management command: opora manage shell")
    manage.add_argument("words", nargs=argparse.REMAINDER, metavar="...")
    commands.add_parser(
        "verify", help="check a bundle of recorded work: opora verify BUNDLE [--key K] [--receipt R] [--tsa PEM]"
    )
    _records(commands)
    version = commands.add_parser("version", help="print the versions of Opora and what it stands on")
    version.add_argument("--json", action="store_true", help="print them as JSON")


def _records(commands: "argparse._SubParsersAction[Parser]") -> None:
    record = commands.add_parser(
        "record", help="keep a record of work longer, or destroy the keys to what was typed in it"
    )
    acts = record.add_subparsers(dest="act", metavar="ACT", required=True)
    keep = acts.add_parser("keep", help="keep it longer than was agreed; shorter is refused")
    keep.add_argument("--until", required=True, metavar="DAY", help="the last day, like 2040-12-31")
    erase = acts.add_parser(
        "erase-input", help="nobody can read any more what was typed; the record stays and verifies"
    )
    erase.add_argument("--why", required=True, metavar="WORDS", help="the reason; it stays in the log for ever")
    for act in (keep, erase):
        act.add_argument("session", metavar="SESSION", help="the session's name, 32 hex digits")
        act.add_argument("--by", required=True, metavar="NAME", help="who wants it; it stays in the log for ever")


def _mail(commands: "argparse._SubParsersAction[Parser]") -> None:
    mail = commands.add_parser(
        "mail", help="run only the mail road (LMTP and SMTP in), import letters, or explain them"
    )
    _child(mail)
    acts = mail.add_subparsers(dest="act", metavar="ACT")
    taking = acts.add_parser("import", help="take letters from mbox, maildir, folders of .eml, or single files")
    taking.add_argument("paths", nargs="+", metavar="PATH")
    taking.add_argument("--json", action="store_true", help="print one line per letter")
    pipe = acts.add_parser("pipe", help="take one letter from standard input; 0 = it is safe, 75 = try again later")
    pipe.add_argument("--from", dest="envelope_from", default="", metavar="ADDRESS", help="the envelope's sender")
    pipe.add_argument("--to", dest="envelope_to", default="", metavar="ADDRESS", help="the envelope's recipient")
    key = acts.add_parser("dkim-key", help="print the DNS record for the key that signs our letters; needs no database")
    key.add_argument("--make", default="", metavar="FILE", help="make a new key there first; never overwrites one")
    parse = acts.add_parser("parse", help="print what the desk understands of letters; needs no database")
    parse.add_argument("files", nargs="+", metavar="FILE", help="a letter as it travelled; - reads it from input")
    parse.add_argument("--text", action="store_true", help="the files are bare bodies: only cut the reply")
    parse.add_argument("--json", action="store_true", help="print one object a line")


def _sla(commands: "argparse._SubParsersAction[Parser]") -> None:
    sla = commands.add_parser("sla", help="reckon with working time, replay and re-pin promises")
    acts = sla.add_subparsers(dest="act", metavar="ACT", required=True)
    add = acts.add_parser("add", help="print the moment by which so much working time has passed")
    add.add_argument("--start", required=True, metavar="ISO", help="from when; without offset in the calendar's zone")
    add.add_argument("--work", required=True, metavar="LENGTH", help="90m, 15h, 2d (a day is 24 h of work), PT15H")
    between = acts.add_parser("between", help="print the working seconds between two moments")
    between.add_argument("moments", nargs=2, metavar="ISO")
    for act in (add, between):
        act.add_argument(
            "--calendar", required=True, metavar="FILE", help="the calendar as JSON; - reads it from input"
        )
    replay = acts.add_parser("replay", help="print the clocks of a request after its events")
    replay.add_argument(
        "file", metavar="FILE", help="calendar, targets, pauses and events as JSON; - reads it from input"
    )
    repin = acts.add_parser("repin", help="put running tickets under the newest terms; asks the database")
    what = repin.add_mutually_exclusive_group(required=True)
    what.add_argument("--contract", default="", metavar="NUMBER", help="those of one contract, under its newest terms")
    what.add_argument("--calendar", default="", metavar="SLUG", help="all made by a calendar, by its newest version")
    repin.add_argument("--by", required=True, metavar="EMAIL", help="the colleague who asks for it")
    repin.add_argument("--why", required=True, metavar="WORDS", help="the reason; it stays with the promises")
    for act in (add, between, replay, repin):
        act.add_argument("--json", action="store_true", help="print the result as JSON")


def _consent(commands: "argparse._SubParsersAction[Parser]") -> None:
    consent = commands.add_parser("consent", help="print and check the proof of a customer's confirmation")
    acts = consent.add_subparsers(dest="act", metavar="ACT", required=True)
    show = acts.add_parser("show", help="print a request with everything that came back, and check it")
    show.add_argument("mark", metavar="C-17")
    show.add_argument("--json", action="store_true", help="print it as JSON")
    _child(show)


def _demo(commands: "argparse._SubParsersAction[Parser]") -> None:
    demo = commands.add_parser("demo", help="fill an empty desk with a whole provider and run it")
    demo.add_argument("--check", action="store_true", help="drive the main job end to end, report each step, stop")
    demo.add_argument("--json", action="store_true", help="with --check: print the steps as JSON")
    demo.add_argument("--still", action="store_true", help="nobody writes by themselves while you look")
    _child(demo)
    demo.add_argument("act", nargs="?", choices=("fill", "live", "host"), help=argparse.SUPPRESS)


def _child(command: argparse.ArgumentParser) -> None:
    command.add_argument("--ready-fd", type=int, default=-1, help=argparse.SUPPRESS)
    command.add_argument("--parent", type=int, default=0, help=argparse.SUPPRESS)


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 32:
        raise argparse.ArgumentTypeError("must be from 1 to 32")
    return number


if __name__ == "__main__":
    sys.exit(main())
