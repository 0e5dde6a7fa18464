"""What the demo says when it is open: where to look, as whom, and what is worth seeing."""

import sys

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


def _watched(site: str) -> list[str]:
    """How to live through watched work: on the demo's own host, which is there when this machine has a sshd."""
    note = paths.OPORA_STATE / "people" / "how-to"
    if not note.exists():
        return []
    ticket, line = note.read_text(encoding="utf-8").splitlines()
    return [
        f"  5. Watched work on Clara's host, T-{ticket}, in a window she has confirmed for today:",
        f"     as Boris, in a terminal:  {line}",
        f"     as Clara, in a browser:   {site}/requests/{ticket}  (watch live, stop it, replay it, take the record away)",
        "     then check what you took: opora verify T-*.zip     (one more window on that request waits for Clara's word)",
    ]


def _row(email: str, name: str, role: str) -> str:
    return f"  {email:<28} {name:<24} {role}"
