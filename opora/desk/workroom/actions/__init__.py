"""The verbs of this room."""

from opora.desk.workroom.actions.entering import add_key, enter_host, give_seal, retire_host, revoke_key
from opora.desk.workroom.actions.outcome import book_time, choose, estimate, summarise
from opora.desk.workroom.actions.preparing import follow_confirmed, follow_ended, follow_left, prepare
from opora.desk.workroom.actions.roads import close_unheard, hear_tunnel, keep_line, make_word, revoke_word
from opora.desk.workroom.actions.sessions import open_session, tell
from opora.desk.workroom.actions.steering import invite, order, order_by_staff, revoke_link, stop_where_shut, use_link

__all__ = [
    "add_key",
    "book_time",
    "choose",
    "close_unheard",
    "enter_host",
    "estimate",
    "follow_confirmed",
    "follow_ended",
    "follow_left",
    "give_seal",
    "hear_tunnel",
    "invite",
    "keep_line",
    "make_word",
    "open_session",
    "order",
    "order_by_staff",
    "prepare",
    "retire_host",
    "revoke_key",
    "revoke_link",
    "revoke_word",
    "stop_where_shut",
    "summarise",
    "tell",
    "use_link",
]
