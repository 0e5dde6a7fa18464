"""Letters as programs write them, for the tests."""

import os
from pathlib import Path

CORPUS = Path(os.environ.get("OPORA_TEST_MAIL_CORPUS", Path(__file__).resolve().parents[3] / "shared" / "mail-corpus"))


def letter(
    body: str = "Hello\n",
    *,
    subject: str = "The shop is slow",
    sender: str = "Clara Berg <clara@bakery.example>",
    to: str = "support@opora.example",
    message_id: str = "one@bakery.example",
    **headers: str,
) -> bytes:
    """A plain letter in UTF-8; further headers by name, underscores for dashes."""
    fields = {"From": sender, "To": to, "Subject": subject, "Date": "Mon, 14 Sep 2026 10:00:00 +0300"}
    if message_id:
        fields["Message-ID"] = f"<{message_id}>"
    fields |= {name.replace("_", "-").title(): value for name, value in headers.items()}
    fields["Content-Type"] = "text/plain; charset=utf-8"
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return (head + "\r\n" + body.replace("\n", "\r\n")).encode()
