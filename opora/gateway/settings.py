"""The few settings of gateway, signer and ledger, read from the environment; docs/running.md explains each.

Secrets come from the environment or from a file in the folder of keys, never from the command line.
"""

import grp
import hashlib
import os
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

LONGEST_SOCKET_PATH = 107
"""sun_path of unix(7) holds 108 bytes with the zero behind."""


class BadSetting(Exception):
    """A setting that cannot be used; says which and why."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says. `listen` is None where no gateway is wanted."""

    listen: tuple[str, int] | None
    state: Path
    desk_url: str
    secret: str
    name: str = "localhost"
    """The host of the desk's own address; the ledger signs under it."""
    egress: tuple[str, ...] = ()
    """Addresses from which hosts see us come; certificates and key lines name them. Empty: not bound to any."""
    room: int = 1 << 30
    """Bytes that must be free on the records' disk before a session may begin."""
    reserve: int = 64 << 20
    """Bytes below which running sessions end, so that their ends can still be written."""
    probe: bool = True
    marks: bool = True
    terminal: bool = True
    stamp_url: str = ""
    """Where the ledger has checkpoints stamped (RFC 3161); empty: nowhere."""
    stamp_roots: Path | None = None
    """Certificates (PEM) by which replies are proven before they are kept."""
    group: int | None = None
    """The group that may ask at the sockets, where each process is a user of its own; None: all are one user."""

    @property
    def apart(self) -> bool:
        """Whether desk, gateway, signer and ledger are users of their own (`apart.py`)."""
        return self.group is not None

    @property
    def lent(self) -> int:
        """What is added to the mode of a file that one of the other processes must read."""
        return 0o040 if self.apart else 0

    def home(self, name: str) -> Path:
        """The folder of `gateway`, `ledger` or `signer`: the same for all where they are one user."""
        return self.state / name if self.apart else self.state

    @property
    def journals(self) -> Path:
        """Where the recorder writes."""
        return self.home("gateway") / "journals"

    @property
    def typed(self) -> Path:
        """Where the recorder leaves the sealed keys to what is typed; the ledger destroys them when it is told to."""
        return self.home("gateway") / "typed" if self.apart else self.journals

    @property
    def sealed(self) -> Path:
        """Where finished records lie."""
        return self.home("ledger") / "sealed"

    @property
    def agreements(self) -> Path:
        """Where the ledger keeps the agreements' texts, each named by its SHA-256."""
        return self.home("ledger") / "agreements"

    @property
    def log(self) -> Path:
        """The ledger's log."""
        return self.home("ledger") / "log"

    @property
    def checkpoints(self) -> Path:
        """The signed checkpoints of the log."""
        return self.home("ledger") / "checkpoints"

    @property
    def waiting(self) -> Path:
        """What could not yet be told to the desk."""
        return self.home("gateway") / "untold"

    def keys(self, name: str) -> Path:
        """Where a process has its own private keys."""
        return self.home(name) / "keys"

    def socket(self, name: str) -> Path:
        """The path of a socket (`signer`, `ledger`, `live`); in a short folder of our own where the state's is too long.

        Raises BadSetting where that folder is somebody else's: at its socket anybody might answer.
        """
        path = self.home("gateway" if name == "live" else name) / f"{name}.sock"
        if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
            return path
        if self.apart:
            raise BadSetting(f"{path} is too long for a socket; choose a shorter OPORA_GATEWAY_STATE")
        mark = hashlib.sha256(os.fsencode(self.state.absolute())).hexdigest()[:16]
        # Not the TMPDIR of whoever asks: desk and gateway must find one place, and a short one.
        short = Path("/tmp") / f"opora-{os.getuid()}-{mark}"  # noqa: S108  a folder of our own, 0700
        refuse_foreign(short, self.state)
        return short / f"{name}.sock"


def read(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of an environment (ours, if none is given). Raises BadSetting."""
    told = os.environ if environ is None else environ
    state = Path(told.get("OPORA_GATEWAY_STATE") or _desks_state(told) / "gateway").expanduser().absolute()
    group = _group(told.get("OPORA_GATEWAY_GROUP", ""))
    return Settings(
        listen=_address(told.get("OPORA_GATEWAY_LISTEN", "")),
        state=state,
        desk_url=told.get("OPORA_DESK_URL") or f"http://{told.get('OPORA_LISTEN') or '127.0.0.1:8480'}",
        secret=_secret(told) or (_secret_in(state / "keys" / "secret") if group is None else ""),
        name=urlsplit(told.get("OPORA_SITE_URL", "")).hostname or "localhost",
        egress=tuple(told.get("OPORA_GATEWAY_EGRESS", "").replace(",", " ").split()),
        room=_megabytes(told, "OPORA_GATEWAY_ROOM_MB", 1024),
        reserve=_megabytes(told, "OPORA_GATEWAY_RESERVE_MB", 64),
        probe=_yes(told, "OPORA_GATEWAY_PROBE"),
        marks=_yes(told, "OPORA_GATEWAY_MARKS"),
        terminal=_yes(told, "OPORA_GATEWAY_TERMINAL"),
        stamp_url=_web_address(told, "OPORA_TIMESTAMP_URL"),
        stamp_roots=Path(roots) if (roots := told.get("OPORA_TIMESTAMP_ROOTS")) else None,
        group=group,
    )


def live_socket() -> Path:
    """Return where the desk's web program reaches the live view. Raises BadSetting."""
    return read().socket("live")


def make_folders(settings: Settings) -> None:
    """Make the folders of all three, who are one user, shut to everybody else. Raises BadSetting."""
    sockets = settings.socket("live").parent
    try:
        for folder in (
            settings.state,
            settings.journals,
            settings.sealed,
            settings.keys("gateway"),
            settings.waiting,
            sockets,
        ):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _shut(folder)
        refuse_foreign(sockets, settings.state)
    except OSError as error:
        raise BadSetting(f"{error.filename}: {error.strerror}") from error


def refuse_foreign(sockets: Path, state: Path) -> None:
    """Raise BadSetting where somebody else has made our short folder, or a link in its place; nothing if there is none."""
    if sockets == state or not os.path.lexists(sockets):
        return
    found = sockets.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise BadSetting(f"{sockets} belongs to somebody else")


def _shut(folder: Path) -> None:
    found = folder.stat()
    if found.st_uid != os.getuid():
        raise BadSetting(f"{folder} belongs to somebody else")
    if found.st_mode & 0o077:
        folder.chmod(0o700)


def make_secret(settings: Settings) -> str:
    """Return the secret shared with the desk, made and kept in the folder of keys if there is none yet. Raises BadSetting."""
    if settings.secret:
        return settings.secret
    if settings.apart:
        raise BadSetting("OPORA_GATEWAY_SECRET is not set: a desk that is another user cannot find one we would make")
    path = settings.keys("gateway") / "secret"
    with suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
    return path.read_text().strip()


def _desks_state(told: Mapping[str, str]) -> Path:
    """The desk's state folder, where the desk itself would put it."""
    if told.get("OPORA_STATE"):
        return Path(told["OPORA_STATE"])
    checkout = Path(__file__).resolve().parents[2]
    return checkout / ".state" if (checkout / ".importlinter").exists() else Path.home() / ".local/state/opora"


def _secret(told: Mapping[str, str]) -> str:
    name = "OPORA_GATEWAY_SECRET"
    if file := told.get(f"{name}_FILE", ""):
        try:
            return Path(file).read_text().strip()
        except OSError as error:
            raise BadSetting(f"{name}_FILE: {file}: {error.strerror}") from error
    return told.get(name, "")


def _secret_in(path: Path) -> str:
    with suppress(OSError):
        return path.read_text().strip()
    return ""


def _group(name: str) -> int | None:
    if not name:
        return None
    try:
        return int(name) if name.isdecimal() else grp.getgrnam(name).gr_gid
    except KeyError:
        raise BadSetting(f"OPORA_GATEWAY_GROUP is {name!r}; this machine has no such group") from None


def _address(text: str) -> tuple[str, int] | None:
    if not text:
        return None
    host, _, port = text.rpartition(":")
    try:
        return host.strip("[]"), int(port)
    except ValueError:
        raise BadSetting(f"OPORA_GATEWAY_LISTEN is {text!r}; it must be host:port") from None


def _web_address(told: Mapping[str, str], name: str) -> str:
    url = told.get(name, "")
    if url and urlsplit(url).scheme not in {"http", "https"}:
        raise BadSetting(f"{name} is {url!r}; it must begin with http:// or https://")
    return url


def _megabytes(told: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(told.get(name) or default) << 20
    except ValueError:
        raise BadSetting(f"{name} is {told[name]!r}; it must be a whole number of megabytes") from None


def _yes(told: Mapping[str, str], name: str) -> bool:
    text = told.get(name, "on").strip().lower()
    if text not in {"on", "off", "1", "0", "yes", "no", "true", "false"}:
        raise BadSetting(f"{name} is {text!r}; it must be on or off")
    return text in {"on", "1", "yes", "true"}
