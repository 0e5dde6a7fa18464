"""The mail road: where letters come in, who they are from when they go out, and by which server."""

from pathlib import Path

from opora.config.settings import env


def signing_key() -> str:
    """The key by which letters are signed, or nothing. Raises BadSetting for one that cannot sign: no letter would go out."""
    key = env.secret("OPORA_DKIM_KEY")
    if key:
        from dkim.crypto import UnparsableKeyError, parse_pem_private_key  # type: ignore[import-untyped]

        try:
            parse_pem_private_key(key.encode())
        except UnparsableKeyError as error:
            advice = "make one with `opora mail dkim-key --make FILE` and name it in OPORA_DKIM_KEY_FILE"
            raise env.BadSetting(f"OPORA_DKIM_KEY holds no RSA key in PEM; {advice}.") from error
    return key


OPORA_MAIL_LISTEN = env.address("OPORA_MAIL_LISTEN", "127.0.0.1:8425")
OPORA_MAIL_ADDRESS = env.mailbox("OPORA_MAIL_ADDRESS", "support@opora.example")
OPORA_MAIL_NAME = env.text("OPORA_MAIL_NAME", "Support")
OPORA_SMTP_URL = env.mail_server("OPORA_SMTP_URL")
OPORA_LARGEST_LETTER = env.number("OPORA_LARGEST_LETTER", 30 * 1024 * 1024, least=1024)
OPORA_MAIL_BORDER = [word.lower() for word in env.words("OPORA_MAIL_BORDER")]
OPORA_MAIL_VERP = env.switch("OPORA_MAIL_VERP", default=True)
OPORA_MAIL_SPAM_HEADERS = env.switch("OPORA_MAIL_SPAM_HEADERS")
OPORA_RSPAMD_URL = env.text("OPORA_RSPAMD_URL")
OPORA_RSPAMD_PASSWORD = env.secret("OPORA_RSPAMD_PASSWORD")
OPORA_MAIL_SENDER_CAP = env.number("OPORA_MAIL_SENDER_CAP", 60)
OPORA_MAIL_TICKET_CAP = env.number("OPORA_MAIL_TICKET_CAP", 120)
OPORA_MAIL_FUSE = env.number("OPORA_MAIL_FUSE", 600)
OPORA_UNDO_SECONDS = env.number("OPORA_UNDO_SECONDS", 0, most=600)
OPORA_DKIM_KEY = signing_key()
OPORA_DKIM_SELECTOR = env.text("OPORA_DKIM_SELECTOR", "opora")
OPORA_DKIM_DOMAINS = [word.lower() for word in env.words("OPORA_DKIM_DOMAINS")] or [
    OPORA_MAIL_ADDRESS.rpartition("@")[2]
]
OPORA_MAIL_CHECKS = env.switch("OPORA_MAIL_CHECKS")
OPORA_MAIL_KEYS = Path(folder) if (folder := env.text("OPORA_MAIL_KEYS")) else None
