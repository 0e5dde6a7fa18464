"""Django's sessions, kept in our own rows so that a person can see and end each one. Named in settings."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from opora.desk.kernel.clock import now
from opora.desk.kernel.kept import Kept
from opora.desk.web.signin.models import Session

NOTED_EVERY = timedelta(minutes=5)
ABOUT_KEY = "about"


_kept = Kept(lambda key: Session.objects.filter(session_key=key))


class SessionStore(DatabaseStore):
    """A session that knows whose it is, on which device, and when it was last seen."""

    seen_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Our own rows."""
        return Session

    def _get_session_from_db(self) -> Session | None:
        row = _kept.first(str(self.session_key)) if self.session_key else None
        if row is None or row.expire_date <= now():
            row = None
            self._session_key = None
        self.seen_at = row.seen_at if row else None
        return row

    def create_model_instance(self, data: Mapping[str, Any]) -> Session:
        """The row to be written: the session's data and, beside it, what the list of sessions shows."""
        row = cast(Session, super().create_model_instance(dict(data)))
        about = data.get(ABOUT_KEY) or {}
        row.account_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.began_at = datetime.fromisoformat(about["began_at"]) if "began_at" in about else None
        row.seen_at = self.seen_at or row.began_at
        row.address = about.get("address")
        row.device = about.get("device", "")
        return row

    def begin(self, *, at: datetime, address: str, device: str) -> None:
        """From now on this session is somebody's, seen for the first time at `at`."""
        self.seen_at = at
        self[ABOUT_KEY] = {"began_at": at.isoformat(), "address": address, "device": device}

    def note_presence(self, *, at: datetime) -> None:
        """Remember that the person was here; written at most every five minutes."""
        if self.seen_at is None or at - self.seen_at >= NOTED_EVERY:
            self.seen_at = at
            Session.objects.filter(pk=self.session_key).update(seen_at=at)
