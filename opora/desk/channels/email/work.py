"""Letters about work on a customer's systems: that it begins, where to watch it, and what is left of it when it has ended."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from opora.desk.consent.queries import who_may_confirm
from opora.desk.customers.models import Contact
from opora.desk.kernel.models import Event
from opora.desk.workroom.models import WorkSession
from opora.desk.workroom.queries import residue_of, standing_in, told_of

from . import wording
from .models import OutgoingLetter
from .outbox import post_words

type Words = Callable[[WorkSession, Contact], str]


def mail_opened(event: Event, at: datetime) -> None:
    """Somebody is at work: everybody who may confirm is told, unless the agreement says that nobody need be."""
    session = _session(event)
    if session.agreement.request.asked_terms.watching != "none":
        _post(session, at, _begun)


def mail_ended(event: Event, at: datetime) -> None:
    """It is over: everybody who may confirm gets the place of the record and the hash it must end with."""
    _post(_session(event), at, _over)


def _post(session: WorkSession, at: datetime, words: Words) -> None:
    for address in who_may_confirm(session.agreement.request.organisation):
        with wording.speaking(address.contact.language):
            text = words(session, address.contact)
        post_words(OutgoingLetter.Kind.NOTICE, session.ticket, address.contact, address.email, text, at)


def _begun(session: WorkSession, reader: Contact) -> str:
    return "\n\n".join(
        [
            wording.greeting(reader.name),
            _("%(engineer)s has begun to work on %(host)s, as you agreed in %(mark)s.") % _names(session),
            *_must_watch(session),
            _("Watch it live, pause it or stop it: %(place)s") % {"place": _place("portal:work", session.agreement_id)},
        ]
    )


def _must_watch(session: WorkSession) -> list[str]:
    """Where the agreement wants a watcher the engineer waits for one, and nobody knows it but by this letter."""
    rule = session.agreement.request.asked_terms.watching
    if rule == "must":
        return [
            _("It was agreed that work goes on only while somebody of yours watches; until then the engineer waits.")
        ]
    if rule == "must_end":
        return [
            _(
                "It was agreed that somebody of yours watches: until then the engineer waits, and without anybody for a"
                " minute the work ends."
            )
        ]
    return []


def _over(session: WorkSession, reader: Contact) -> str:
    left = residue_of(session)
    record = {"frames": session.frames or 0, "head": session.head or "-"}
    parts = [
        wording.greeting(reader.name),
        _("The work of %(engineer)s on %(host)s (%(mark)s) has ended.") % _names(session),
        _(
            "Its record has %(frames)s frames; the hash of the last is %(head)s. Keep this letter: no other record can have it."
        )
        % record,
        _("Replay it, and take it away: %(place)s") % {"place": _place("portal:work_session", session.pk)},
    ]
    if left is not None:
        parts.append(_("What was found on the host afterwards stands there too."))
    if standing := standing_in(told_of(session)):
        parts.append(
            _(
                "The key line of this window still stands on the host. It opens nothing after the window; remove it: %(lines)s"
            )
            % {"lines": "\n".join(standing)}
        )
    return "\n\n".join(parts)


def _names(session: WorkSession) -> dict[str, str]:
    return {"engineer": session.staff.name, "host": session.host.name, "mark": session.agreement.request.mark}


def _place(name: str, number: int) -> str:
    return settings.OPORA_SITE_URL.rstrip("/") + reverse(name, args=[number])


def _session(event: Event) -> WorkSession:
    rows = WorkSession.objects.select_related("ticket__requester", "agreement__request__organisation", "staff", "host")
    return rows.get(pk=event.facts["session"])
