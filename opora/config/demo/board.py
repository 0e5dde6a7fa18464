"""What the demo says when it is open: where to look, as whom, and what is worth seeing."""

import json
import sys
from pathlib import Path

from opora.config.settings import mail, paths, web
from opora.config.settings.env import text
from opora.desk.web.catcher.visitors import CUSTOMERS, PASSWORD, STAFF


def show() -> None:
    """Print it."""
    sys.stderr.flush()
    sys.stdout.write(words())
    sys.stdout.flush()


def words() -> str:
    """The whole board as text."""
    site, (host, port) = web.OPORA_SITE_URL, mail.OPORA_MAIL_LISTEN
    lines = ["", f"Borea Cloud is open. Come in at {site}/demo/ as whoever you like."]
    lines += ["Everybody's password: " + PASSWORD, "", f"Colleagues   {site}/desk/"]
    lines += [_row(*one) for one in STAFF]
    lines += ["", f"Customers    {site}/"]
    lines += [_row(*one) for one in CUSTOMERS]
    caught = f"{site}/demo/mail/" if text("OPORA_DEMO_CATCHER") else "sent for real by OPORA_SMTP_URL"
    lines += [
        "",
        f"Letters out  {caught}",
        f"A telephone  {site}/demo/phone/ rings the desk as any customer; Vera's page shows who calls",
        f"Codes        {site}/demo/app/ is the app on Boris's phone: sign-in and gateway ask him for a second factor",
        f"Letters in   SMTP on {host}:{port}, to {mail.OPORA_MAIL_ADDRESS}",
        "",
        "What to look at",
        "  1. As Anna: the queue, the time left on every promise, a ticket with its history. Press ? for the keys.",
        "  2. As Clara in another browser: write a request, and watch it arrive in Anna's queue.",
        "  3. Answer as Anna, then read what Clara got on the page of letters; her words come back to the same ticket.",
        "  4. Ctrl+K finds people, tickets and words, in Russian and English.",
        *_watched(site),
        "",
        f"Everything is kept in {paths.OPORA_STATE}; remove that folder to begin anew. Ctrl+C stops all.",
        "",
    ]
    return "\n".join(lines) + "\n"


def how_to(state: Path) -> dict[str, str] | None:
    """Return how Clara's host is reached: `ticket`, `ssh`, `host`; None when there is no host."""
    note = state / "people" / "how-to"
    try:
        return {name: str(value) for name, value in json.loads(note.read_text(encoding="utf-8")).items()}
    except FileNotFoundError:
        return None


def _watched(site: str) -> list[str]:
    """How to live through watched work, on the demo's own host."""
    note = how_to(paths.OPORA_STATE)
    if note is None:
        return []
    request = f"{site}/requests/{note['ticket']}"
    return [
        "",
        f"Watched work on Clara's server web1: {note['host']}, reached from this machine only",
        f"  1. As Clara   {request}   read the window Boris asks for, and confirm it",
        f"  2. As Boris   {note['ssh']}   in a terminal, with a code",
        f"  3. As Clara   {request}   see every byte; pause, ask, stop; then replay it and take the record away",
        "  4. Anybody    bin/opora verify T-*.zip   finds it whole; change one byte, and it names the frame",
    ]


def _row(email: str, name: str, role: str) -> str:
    return f"  {email:<28} {name:<24} {role}"
