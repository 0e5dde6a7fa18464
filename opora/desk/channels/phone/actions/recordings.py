"""Recordings lie at the exchange; we hold a reference for a time, and write down everybody who listens."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from opora.desk.channels.phone import events
from opora.desk.channels.phone.models import Call, Listening
from opora.desk.channels.phone.queries import has_recording
from opora.desk.kernel.actions import SYSTEM, announce
from opora.desk.kernel.errors import Refused
from opora.desk.people.models import Staff
from opora.desk.people.policies import may


@transaction.atomic
def listen(call: Call, *, by: Staff, why: str, at: datetime) -> str:
    """Return where the recording lies, after writing down who listens and why.

    Raises Refused for other roles, without a reason, and when there is nothing to listen to.
    """
    if not may(by, "calls:listen"):
        raise Refused("phone.may_not_listen", _("Your role does not listen to recordings."))
    if not why.strip():
        raise Refused("phone.no_reason", _("Say why you listen; it is kept with your name."))
    if not has_recording(call):
        raise Refused("phone.no_recording", _("There is no recording of this call, or it is no longer kept."))
    Listening.objects.create(call=call, by=by, at=at, why=why.strip()[:300])
    announce(events.LISTENED, subject=("call", call.pk), by=by.actor, at=at, why=why.strip()[:300])
    return call.recording


@transaction.atomic
def forget_recording(call: Call, *, at: datetime) -> None:
    """Its time is over: the reference is dropped. Doing it twice changes nothing."""
    if call.recording:
        Call.objects.filter(pk=call.pk).update(recording="")
        announce("phone.recording_forgotten", subject=("call", call.pk), by=SYSTEM, at=at)
