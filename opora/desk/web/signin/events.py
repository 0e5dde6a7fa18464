"""What sign-in announces. The subject is ("account", id), or ("address", 0) when no account is concerned."""

SIGNED_IN = "signin.signed_in"
SIGNED_OUT = "signin.signed_out"
REFUSED = "signin.refused"
LOCKED = "signin.locked"
UNLOCKED = "signin.unlocked"
SESSION_ENDED = "signin.session_ended"
FACTOR_ADDED = "signin.factor_added"
FACTOR_REMOVED = "signin.factor_removed"
RECOVERY_USED = "signin.recovery_code_used"
RECOVERY_MADE = "signin.recovery_codes_made"
PASSWORD_CHANGED = "signin.password_changed"  # noqa: S105
CODE_ASKED = "signin.code_asked"
CODE_SENT = "signin.code_sent"
TOKEN_MADE = "signin.token_made"  # noqa: S105
TOKEN_REVOKED = "signin.token_revoked"  # noqa: S105
