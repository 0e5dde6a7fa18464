"""Everything that changes how people come in. Each verb is one whole thing in one transaction, announced as an event."""

from opora.desk.web.signin.actions.codes import accept_code, ask_for_code, send_code
from opora.desk.web.signin.actions.entering import (
    change_password,
    check_password,
    end_other_sessions,
    end_session,
    enter,
    sign_out,
)
from opora.desk.web.signin.actions.factors import (
    add_passkey,
    begin_totp,
    confirm_totp,
    make_recovery_codes,
    remove_all_factors,
    remove_passkey,
    remove_totp,
    use_number,
    use_passkey,
)
from opora.desk.web.signin.actions.guessing import announce_lock, count_try, forgive, unlock
from opora.desk.web.signin.actions.tokens import make_token, note_use, revoke_token

__all__ = [
    "accept_code",
    "add_passkey",
    "announce_lock",
    "ask_for_code",
    "begin_totp",
    "change_password",
    "check_password",
    "confirm_totp",
    "count_try",
    "end_other_sessions",
    "end_session",
    "enter",
    "forgive",
    "make_recovery_codes",
    "make_token",
    "note_use",
    "remove_all_factors",
    "remove_passkey",
    "remove_totp",
    "revoke_token",
    "send_code",
    "sign_out",
    "unlock",
    "use_number",
    "use_passkey",
]
