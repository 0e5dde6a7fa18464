"""A real exchange for the tests: Debian's Asterisk, rung by SIPp, unpacked into a cache folder and run as whoever runs the tests.

Nothing is installed, no root and no namespace is needed: the programs run with the C library they were built for, out of the
folder. The packages are fetched once, by an apt of our own that knows nothing of this machine's; offline the folder is enough.
Where they cannot be had, `why_not` says why and the tests that need them are skipped with those words.
"""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from tests.phone.exchange_settings import MODULES, RING, WORDS

CACHE = Path(os.environ.get("OPORA_TEST_PHONE_SERVERS") or Path(tempfile.gettempdir()) / f"opora-phone-{os.getuid()}")
PACKAGES = ("asterisk", "asterisk-modules", "asterisk-core-sounds-en-gsm", "sip-tester")
SUITE = "sid"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
PATIENCE = 60.0
NOT_NEEDED = ("./usr/share/doc", "./usr/share/man", "./usr/share/locale", "./usr/share/perl", "./usr/lib/python3*")


class NotHere(Exception):
    """The exchange cannot be had here; the words say why."""


@lru_cache(1)
def programs() -> Path:
    """The folder with the unpacked packages and all they stand on. Raises NotHere."""
    root = CACHE / "root"
    if (root / "usr/sbin/asterisk").exists() and (root / "usr/bin/sipp").exists():
        return root
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb") or not Path(KEYRING).exists():
        raise NotHere("this is no Debian: Asterisk and SIPp cannot be unpacked")
    CACHE.mkdir(parents=True, exist_ok=True, mode=0o755)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        made = _unpack(_fetch(Path(folder)), Path(folder) / "root")
        with suppress(OSError):  # another process was quicker
            made.rename(root)
    return root


def why_not() -> str:
    """Why the exchange cannot be had here; "" when it can."""
    try:
        tried = subprocess.run([*command("usr/sbin/asterisk"), "-V"], capture_output=True, text=True, check=False)
    except NotHere as trouble:
        return str(trouble)
    return "" if "Asterisk" in tried.stdout else f"Asterisk does not run here: {tried.stderr.strip()[-200:]}"


def command(program: str) -> list[str]:
    """The words that run an unpacked program with its own C library. Raises NotHere."""
    root = programs()
    loaders = sorted(root.glob("usr/lib*/ld-linux*.so.*"))
    folders = [str(folder) for folder in root.glob("usr/lib/*-linux-gnu*") if folder.is_dir()]
    if not loaders or not folders:
        raise NotHere("the packages hold no C library for this machine")
    return [str(loaders[0]), "--library-path", ":".join(folders), str(root / program)]


def _fetch(folder: Path) -> list[Path]:
    """The packages and everything they depend on, by an apt with folders of its own: no root, no lock of the machine's."""
    for part in ("state/lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True)
    (folder / "state/status").touch()
    (folder / "sources.list").write_text(f"deb [signed-by={KEYRING}] {_mirror()} {SUITE} main\n")
    settings = f"""
Dir::State "{folder}/state";
Dir::State::status "{folder}/state/status";
Dir::Cache "{folder}/cache";
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
APT::Install-Recommends "false";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "3";
"""
    (folder / "apt.conf").write_text(settings)
    around = os.environ | {"APT_CONFIG": str(folder / "apt.conf"), "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["--yes", "--download-only", "install", *PACKAGES]):
        ran = subprocess.run(["apt-get", "-q", *words], env=around, capture_output=True, text=True, check=False)
        if ran.returncode:
            raise NotHere(f"Asterisk and SIPp cannot be fetched: {ran.stderr.strip()[-200:]}")
    return sorted((folder / "cache/archives").glob("*.deb"))


def _mirror() -> str:
    """The Debian archive that this machine uses itself. Raises NotHere."""
    for place in (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list")):
        text = place.read_text() if place.exists() else ""
        for found in re.findall(r"^(?:URIs:|deb(?: \[[^]]*\])?)\s+(https?://\S+/debian)/?(?:\s|$)", text, re.MULTILINE):
            return str(found)
    raise NotHere("this machine names no Debian archive to fetch Asterisk and SIPp from")


def _unpack(packages: list[Path], root: Path) -> Path:
    root.mkdir()
    without = [f"--exclude={pattern}" for pattern in NOT_NEEDED]
    for package in packages:
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE) as tar:
            subprocess.run(["tar", "-x", "-C", str(root), *without], stdin=tar.stdout, check=True)
    return root


def free_udp_port(host: str = "127.0.0.1") -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind((host, 0))
        return int(one.getsockname()[1])


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Asterisk:
    """An exchange on loopback: calls from the trunk at 127.0.0.3 ring in the queue `support`, whose member 101 sits at 127.0.0.2.

    `hook` is told of each call by the lines of the dialplan that our manual gives. Everything lies in a folder of its own.
    """

    folder: Path
    hook: str = ""
    login: str = "opora"
    password: str = "sesame-5038"
    sip: int = field(default_factory=free_udp_port)
    manager: int = field(default_factory=free_port)
    desk_phone: int = field(default_factory=lambda: free_udp_port("127.0.0.2"))
    customer_phone: int = field(default_factory=lambda: free_udp_port("127.0.0.3"))
    _process: "subprocess.Popen[bytes] | None" = None
    _short: str = ""  # a socket's path holds 108 bytes, and a test's folder may have a long one

    def start(self) -> "Asterisk":
        """Run it. Raises TimeoutError with what it said."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._short = tempfile.mkdtemp(prefix="asterisk-")
        etc = self.folder / "etc"
        etc.mkdir(exist_ok=True)
        for name in ("spool", "log", "lib", "db", "keys"):
            (self.folder / name).mkdir(exist_ok=True)
        for name, text in self._settings().items():
            (etc / name).write_text(text)
        self._process = subprocess.Popen(
            [*command("usr/sbin/asterisk"), "-C", str(etc / "asterisk.conf"), "-f", "-n"],
            stdin=subprocess.DEVNULL,
            stdout=(self.folder / "said").open("ab"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._wait()
        return self

    def said(self) -> str:
        """The end of its log."""
        files = [self.folder / "said", self.folder / "log/messages"]
        return "".join(file.read_text(errors="replace")[-4000:] for file in files if file.exists())

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
            self._process = None
        if self._short:
            shutil.rmtree(self._short, ignore_errors=True)
            self._short = ""

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self._process is not None and self._process.poll() is None:
            with suppress(OSError):
                if b"FullyBooted" in self._say(b"", until=b"FullyBooted"):
                    return
            time.sleep(0.1)
        said = self.said()
        self.stop()
        raise TimeoutError(said)

    def _say(self, action: bytes, *, until: bytes = b"EventList: Complete") -> bytes:
        """What its manager answers up to these words, or as far as it came in five seconds. Raises OSError."""
        signs_in = f"Action: Login\r\nUsername: {self.login}\r\nSecret: {self.password}\r\n\r\n".encode()
        heard = b""
        with socket.create_connection(("127.0.0.1", self.manager), timeout=5) as line, suppress(TimeoutError):
            line.sendall(signs_in + action)
            while until not in heard and (piece := line.recv(4096)):
                heard += piece
        return heard

    def _settings(self) -> dict[str, str]:
        root = programs()
        modules = next(root.glob("usr/lib/*/asterisk/modules"))
        known = {
            "folder": self.folder,
            "short": self._short,
            "root": root,
            "modules": modules,
            "sip": self.sip,
            "manager": self.manager,
            "desk_phone": self.desk_phone,
            "customer_phone": self.customer_phone,
            "login": self.login,
            "password": self.password,
            "hook": self.hook,
        }
        filled = {name: text.format(**known) for name, text in WORDS.items()}
        filled["modules.conf"] = "[modules]\nautoload=no\n" + "".join(f"load={name}.so\n" for name in MODULES)
        return filled

    def hang_up_all(self) -> None:
        """End every call."""
        self._say(b"Action: Hangup\r\nChannel: /.*/\r\n\r\n")

    def await_talk(self) -> None:
        """Return when somebody talks to somebody. Raises TimeoutError."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if b"BridgeId: \r" not in (said := self._say(b"Action: CoreShowChannels\r\n\r\n")) and b"BridgeId" in said:
                return
            time.sleep(0.1)
        raise TimeoutError(self.said())

    def is_paused(self) -> bool:
        """Whether the queue leaves 101 out."""
        said = self._say(b"Action: QueueStatus\r\nQueue: support\r\n\r\n")
        return b"Event: QueueMember\r\n" in said and b"\r\nPaused: 1\r\n" in said

    def answering(self, *, ring: float = 0.3) -> "subprocess.Popen[bytes]":
        """The operator's telephone: rings so many seconds, then somebody picks up, until the caller hangs up. Takes one call."""
        return self._sipp("picks_up", "127.0.0.2", self.desk_phone, "-d", str(int(ring * 1000)))

    def waiting(self) -> "subprocess.Popen[bytes]":
        """The operator's telephone that rings until `pick_up`, then talks until the call is hung up. Takes one call."""
        return self._sipp("waits", "127.0.0.2", self.desk_phone, "-trace_logs", "-log_file", str(self._rings))

    def pick_up(self) -> None:
        """Somebody picks up the telephone that is `waiting`: a message into its call is the hand on it. Raises TimeoutError."""
        end = time.monotonic() + PATIENCE
        while not (known := self._rings.read_text().strip() if self._rings.exists() else ""):
            if time.monotonic() > end:
                raise TimeoutError(self.said())
            time.sleep(0.05)
        lines = [
            "INFO sip:101@127.0.0.2 SIP/2.0",
            "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK-hand",
            f"Call-ID: {known.splitlines()[0]}",
            "CSeq: 99999 INFO",
            "From: <sip:hand@127.0.0.1>;tag=hand",
            "To: <sip:101@127.0.0.2>;tag=101",
            "Content-Length: 0",
        ]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hand:
            hand.sendto("\r\n".join([*lines, "", ""]).encode(), ("127.0.0.2", self.desk_phone))

    def deaf(self) -> "subprocess.Popen[bytes]":
        """The operator's telephone that rings and nobody picks up; takes one call."""
        return self._sipp("rings", "127.0.0.2", self.desk_phone)

    def calls(self, number: str, *, talk: float = 1.0, called: str = "74957654321") -> "subprocess.Popen[bytes]":
        """A customer calls from this number, talks so long and hangs up."""
        return self._call("calls", number, called, int(talk * 1000))

    def stays(self, number: str, *, called: str = "74957654321") -> "subprocess.Popen[bytes]":
        """A customer calls from this number and talks until somebody else hangs up."""
        return self._call("stays", number, called, 0)

    def gives_up(self, number: str, *, after: float = 1.0, called: str = "74957654321") -> "subprocess.Popen[bytes]":
        """A customer calls from this number, hears it ring so long, and gives up."""
        return self._call("gives_up", number, called, int(after * 1000))

    def called(self) -> "subprocess.Popen[bytes]":
        """The customer's telephone, which picks up at once; takes one call."""
        return self._sipp("picks_up", "127.0.0.3", self.customer_phone, "-d", "100")

    @property
    def _rings(self) -> Path:
        """Where the waiting telephone writes which call rings it."""
        return self.folder / "rings"

    def _call(self, scenario: str, number: str, called: str, pause: int) -> "subprocess.Popen[bytes]":
        here = free_udp_port("127.0.0.3")
        there = ["-s", called, "-key", "number", number, "-d", str(pause), f"127.0.0.1:{self.sip}"]
        return self._sipp(scenario, "127.0.0.3", here, *there)

    def _sipp(self, scenario: str, host: str, port: int, *more: str) -> "subprocess.Popen[bytes]":
        file = self.folder / f"{scenario}.xml"
        file.write_text(RING[scenario])
        words = ["-sf", str(file), "-i", host, "-p", str(port), "-m", "1", "-nostdin", "-timeout", "180s", *more]
        return subprocess.Popen(
            [*command("usr/bin/sipp"), *words],
            cwd=self.folder,
            env=os.environ | {"TERM": "dumb", "TERMINFO": str(programs() / "usr/lib/terminfo")},
            stdin=subprocess.DEVNULL,
            stdout=(self.folder / f"{scenario}.said").open("ab"),
            stderr=subprocess.STDOUT,
        )
