"""The public status by mail: the question whether the address wants it, then every update and planned work. Names no customer."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from opora.desk.incidents.models import IncidentUpdate, PlannedWork, Subscriber
from opora.desk.incidents.rules import in_language
from opora.desk.incidents.states import CANCELLED
from opora.desk.incidents.tokens import CONFIRM, LEAVE, token_of
from opora.desk.kernel.models import Event

from . import identity, wording
from .composing import Outgoing
from .models import OutgoingLetter
from .outbox import new_message_id, post
from .parsing import Person


def mail_question(event: Event, at: datetime) -> None:
    """Somebody typed an address: it is asked whether it wants the status. Without a public address of the desk, nothing."""
    subscriber = Subscriber.objects.filter(pk=event.subject_id, confirmed_at=None).first()
    if subscriber is None or not _site():
        return
    link = f"{_site()}/status/confirm/{token_of(CONFIRM, subscriber.pk)}"
    with wording.speaking(subscriber.language):
        _post(subscriber, wording.status_question_subject(), wording.status_question(link), "", at)


def mail_update(event: Event, at: datetime) -> None:
    """An incident that everybody may read about was updated."""
    update = IncidentUpdate.objects.select_related("incident").filter(pk=event.facts.get("update")).first()
    if update is None or not update.incident.public:
        return
    for subscriber in _subscribers():
        with wording.speaking(subscriber.language):
            text = in_language(subscriber.language, update.text, update.text_ru)
            _post_news(subscriber, f"{update.get_stage_display()}: {update.incident}", text, at)


def mail_work(event: Event, at: datetime) -> None:
    """A work was planned or cancelled."""
    work = PlannedWork.objects.prefetch_related("services").get(pk=event.subject_id)
    zone = ZoneInfo(settings.TIME_ZONE)
    for subscriber in _subscribers():
        with wording.speaking(subscriber.language):
            window = wording.window_words(work.starts_at, work.ends_at, zone.key)
            services = ", ".join(str(service) for service in work.services.all())
            subject = wording.work_subject(str(work), cancelled=work.state == CANCELLED)
            text = "\n\n".join(part for part in (f"{window}\n{services}".strip(), work.words) if part)
            _post_news(subscriber, subject, text, at)


def _post_news(subscriber: Subscriber, subject: str, text: str, at: datetime) -> None:
    leave = f"{_site()}/status/leave/{token_of(LEAVE, subscriber.pk)}" if _site() else ""
    footer = wording.status_footer(f"{_site()}/status/" if _site() else "", leave)
    _post(subscriber, subject, f"{text}\n\n{footer}", leave, at)


def _post(subscriber: Subscriber, subject: str, text: str, leave: str, at: datetime) -> None:
    desk = identity.desk(None, subscriber.language)
    letter = Outgoing(
        sender=Person(desk.address, desk.name),
        to=[Person(subscriber.email)],
        subject=subject,
        text=text,
        date=at,
        message_id=new_message_id(None, desk.domain),
        language=subscriber.language[:2],
        automatic=True,
        loop_mark=identity.loop_mark(),
        unsubscribe=leave,
    )
    post(letter, kind=OutgoingLetter.Kind.STATUS, recipients=[(None, subscriber.email)], at=at)


def _subscribers() -> list[Subscriber]:
    return list(Subscriber.objects.filter(confirmed_at__isnull=False).order_by("pk"))


def _site() -> str:
    return str(getattr(settings, "OPORA_SITE_URL", "")).rstrip("/")
