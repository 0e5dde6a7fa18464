"""The index of commands: exact where the shell named them, inferred elsewhere, and never fooled by what a host prints."""

import hashlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from opora.evidence.commands import index, search
from opora.evidence.frames import Chain, Kind, canonical
from opora.evidence.lines import LONGEST, LONGEST_ESCAPE, LONGEST_MARK, WIDEST, Line, Screen

NONCE = "7f3a"
SESSION = bytes(16)


class Typed:
    """A record in the making: what the host said, what was typed."""

    def __init__(self, *, marks: bool = False, cols: int = 80, **header: Any) -> None:
        self.chain = Chain(SESSION, bytes(32))
        facts = {"session": SESSION.hex(), "term": {"cols": cols, "rows": 24}, **header}
        if marks:
            facts["marks"] = hashlib.sha256(NONCE.encode()).hexdigest()
        self.frames = b""
        self.marks = 0
        self.add(Kind.HEADER, canonical(facts))

    def add(self, kind: Kind, payload: bytes) -> None:
        passed = self.chain.frames * 1_000_000
        self.frames += self.chain.link(kind, payload, mono_ns=passed, wall_ns=passed)

    def shows(self, text: str | bytes) -> "Typed":
        self.add(Kind.OUTPUT, text.encode() if isinstance(text, str) else text)
        return self

    def types(self, text: str) -> "Typed":
        """Typed key by key, echoed by the host as a terminal does."""
        for letter in text:
            self.add(Kind.INPUT, b"sealed")
            self.shows("\r\n" if letter == "\r" else letter)
        return self

    def marked(self, command: str, status: int | None = None, nonce: str = NONCE) -> "Typed":
        """The shell names a command, and ends it if there is a status."""
        said = "".join(
            f"\\x{ord(one):02x}" if one < " " or one == ";" else one for one in command.replace("\\", "\\\\")
        )
        self.shows(f"\x1b]633;E;{said};{nonce}.{self.number()}\x07")
        return self if status is None else self.back(status, nonce)

    def back(self, status: int = 0, nonce: str = NONCE) -> "Typed":
        """The shell is back at its prompt."""
        return self.shows(f"\x1b]633;D;{status};{nonce}.{self.number()}\x07")

    def number(self) -> int:
        self.marks += 1
        return self.marks

    def commands(self) -> list[tuple[str, str]]:
        return [(row["text"], row["trust"]) for row in index(self.frames)["commands"]]


def test_it_reads_what_was_typed_at_a_prompt() -> None:
    typed = Typed().shows("root@web1:~# ").types("df -h\r").shows("Filesystem  Size\r\n/dev/sda1  40G\r\nroot@web1:~# ")
    assert typed.commands() == [("df -h", "inferred")]


def test_what_a_program_prints_is_no_command() -> None:
    typed = Typed().shows("$ ").types("cat x\r").shows("$ rm -rf /\r\nroot@web1:~# reboot\r\n$ ")
    assert typed.commands() == [("cat x", "inferred")]


def test_it_follows_editing_history_and_wrapping() -> None:
    typed = Typed(cols=20).shows("$ ").types("lss").shows("\b\x1b[K").types(" -la /a/rather/long/path\r")
    assert typed.commands() == [("ls -la /a/rather/long/path", "inferred")]


def test_a_mark_makes_it_exact_and_replaces_what_was_inferred() -> None:
    typed = Typed(marks=True).shows("$ ").types("ls; pwd\r").marked("ls; pwd", 0).shows("a b\r\n/root\r\n$ ")
    typed.types("false\r").marked("false", 1)
    found = index(typed.frames)["commands"]
    assert [(row["text"], row["trust"], row["status"]) for row in found] == [
        ("ls; pwd", "exact", 0),
        ("false", "exact", 1),
    ]
    assert found[0]["from"] == 1
    assert found[0]["to"] < found[1]["from"]
    assert [row["took"] for row in found] == [1, 1]


def test_a_command_of_several_lines_stays_one() -> None:
    typed = Typed(marks=True).shows("$ ").types("for i in 1 2\r").shows("> ").types("do echo \\\\$i\r").shows("> ")
    typed.types("done\r").marked("for i in 1 2\ndo echo \\\\$i\ndone")
    assert typed.commands() == [("for i in 1 2\ndo echo \\\\$i\ndone", "exact")]


def test_a_forged_mark_says_nothing() -> None:
    typed = Typed(marks=True).shows("$ ").types("cat trap\r").marked("cat trap").marked("echo harmless", nonce="guess")
    typed.shows("\x1b]633;E;echo harmless\x07\x1b]633;E;;\x07").back().shows("$ ")
    assert typed.commands() == [("cat trap", "exact")]
    assert [row["text"] for row in index(typed.frames)["events"]] == ["echo harmless", "echo harmless", ""]
    assert Typed().marked("ls").commands() == []


def test_a_mark_that_is_shown_once_more_says_nothing() -> None:
    typed = Typed(marks=True).shows("$ ").types("ls\r").marked("ls", 0).shows("$ ").types("cat capture\r")
    typed.marked("cat capture").shows(f"\x1b]633;D;0;{NONCE}.2\x07\x1b]633;E;ls;{NONCE}.1\x07").back().shows("$ ")
    assert typed.commands() == [("ls", "exact"), ("cat capture", "exact")]
    assert [(row["kind"], row["text"]) for row in index(typed.frames)["events"]] == [("forged", "0"), ("forged", "ls")]


def test_a_line_that_was_given_up_is_no_command() -> None:
    typed = Typed(marks=True).shows("$ ").types("rm -r").shows("^C\r\n").back(130).shows("$ ")
    typed.types("w\r").marked("w", 0)
    assert typed.commands() == [("w", "exact")]


def test_what_the_shell_runs_without_naming_it_is_called_unmarked() -> None:
    typed = Typed(marks=True).back().shows("$ ").types("set +o history\r").marked("set +o history", 0)
    typed.shows("$ ").types("reboot\r").back()
    assert typed.commands() == [("set +o history", "exact"), ("reboot", "unmarked")]


def test_a_shell_that_never_named_any_is_read_from_the_screen() -> None:
    typed = Typed(marks=True).shows("$ ").types("ls\r").shows("a b\r\n$ ")
    assert typed.commands() == [("ls", "inferred")]
    typed.add(Kind.PROBE, canonical({"moment": "shell", "shell": "bash 5.2", "marks": True}))
    typed.types("w\r").shows("$ ")
    assert typed.commands() == [("ls", "unmarked"), ("w", "unmarked")]


def test_what_a_nested_shell_took_is_called_unmarked() -> None:
    typed = Typed(marks=True).shows("$ ").types("sh\r").marked("sh").shows("# ").types("id\r").shows("uid=0\r\n# ")
    typed.types("exit\r").back().shows("$ ").types("w\r").marked("w")
    assert typed.commands() == [("sh", "exact"), ("id", "unmarked"), ("exit", "unmarked"), ("w", "exact")]


def test_a_password_that_is_not_echoed_is_not_in_the_index() -> None:
    typed = Typed().shows("[sudo] password for boris: ")
    for _ in "secret":
        typed.add(Kind.INPUT, b"sealed")
    typed.shows("\r\nroot@web1:~# ")
    assert typed.commands() == []


def test_a_command_without_a_terminal_stands_in_the_header() -> None:
    assert Typed(command="tar c /etc").shows("..").commands() == [("tar c /etc", "exact")]


def test_it_tells_files_events_and_places_to_read_on_from() -> None:
    typed = Typed()
    typed.add(Kind.FILE, canonical({"op": "write", "path": "/etc/motd", "size": 12}))
    typed.add(Kind.PAUSE, canonical({"paused": True, "by": "Clara"}))
    typed.add(Kind.NOTICE, b"Ten minutes are left.")
    for _ in range(5):
        typed.shows(b"x" * 100_000)
    made = index(typed.frames)
    assert made["files"] == [{"op": "write", "path": "/etc/motd", "size": 12, "seq": 1, "at": 1}]
    assert [(row["kind"], row["at"]) for row in made["events"]] == [("p", 2), ("n", 3)]
    assert made["events"][1]["text"] == "Ten minutes are left."
    assert [key[0] for key in made["keys"]] == [0, 7]
    assert (made["frames"], made["length"], made["size"]) == (9, 8, len(typed.frames))


def test_it_finds_words_in_commands_and_lines_without_their_colours() -> None:
    typed = Typed().shows("$ ").types("grep -c x\r").shows("\x1b[31mОшиб\x1b[1mка\x1b[0m: Disk FULL\r\n")
    made = index(typed.frames)
    assert [row["text"] for row in search(made, "disk full")] == ["Ошибка: Disk FULL"]
    assert [row["what"] for row in search(made, "GREP")] == ["command", "line"]
    assert search(made, "  ") == []


def test_an_empty_record_has_an_empty_index() -> None:
    assert index(b"")["commands"] == []


def texts(output: bytes, cuts: list[int]) -> list[str]:
    screen, at, found = Screen(), 0, []
    for cut in [*sorted(cut % (len(output) + 1) for cut in cuts), len(output)]:
        found += [one for one in screen.read(output[at:cut], 1, 0) if isinstance(one, Line)]
        at = cut
    return [line.text for line in [*found, *screen.finish(1, 0)]]


PIECES = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from(
            [b"\x1b[", b"\x1b]", b"\x1b]52;c;", b"\x07", b"\x1b\\", b"\r\n", b"\r", b"\b", b"\t", b"\x1b[K"]
        ),
        st.sampled_from(
            [b"\x1b[2J", b"\x1b[5;5H", b"\x1b[99C", b"\x1b[3P", b"\x1b[9@", b"\x1b[1K", b"\x1b[A", b"\x1bP"]
        ),
        st.text(max_size=8).map(str.encode),
    ),
    max_size=40,
).map(b"".join)


@settings(max_examples=300, deadline=None)
@given(PIECES, st.lists(st.integers(0, 500), max_size=6))
def test_it_reads_the_same_however_the_output_was_cut(output: bytes, cuts: list[int]) -> None:
    whole = texts(output, [])
    assert texts(output, cuts) == whole
    assert all(0 < len(text) <= LONGEST and not any(letter < " " for letter in text) for text in whole)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=60), max_size=10)
)
def test_plain_lines_come_out_as_they_went_in(lines: list[str]) -> None:
    assert texts("".join(f"{line}\r\n" for line in lines).encode(), []) == lines


@settings(max_examples=200, deadline=None)
@given(PIECES, st.integers(1, 400), st.integers(1, 64))
def test_it_holds_little_whatever_the_host_sends(piece: bytes, times: int, cut: int) -> None:
    screen, output = Screen(), piece * times
    for at in range(0, min(len(output), 20_000), cut):
        for _ in screen.read(output[at : at + cut], 1, 0):
            pass
        assert len(screen._rest) < LONGEST_ESCAPE
        assert len(screen._letters) <= LONGEST + WIDEST
        assert screen._cursor < LONGEST + WIDEST


def test_a_mark_without_an_end_is_let_go() -> None:
    screen = Screen()
    list(screen.read(b"\x1b]", 0, 0))
    for _ in range(40):
        list(screen.read(b"a" * 4096, 0, 0))
    assert sum(map(len, screen._string or [])) <= LONGEST_MARK
    assert list(screen.read(b"\x07", 0, 0)) == []
