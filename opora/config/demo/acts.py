"""What happens at a step of a ticket's life: each verb of a script is one action of the rooms."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from opora.config.demo.scripts import CUSTOMERS, Step
from opora.desk.customers import actions as customers
from opora.desk.customers.models import Licence
from opora.desk.kernel.actors import SYSTEM
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.handoffs import known_so_far
from opora.desk.tickets.rules import Known

if TYPE_CHECKING:
    from opora.config.demo.story import Story


def _say(story: "Story", step: Step, at: datetime) -> None:
    text = story.words(step.text)
    if step.who in CUSTOMERS:
        speaker = story.mate() if step.who == "colleague" else story.requester
        quoted = ""
        if story.channel == "email" and story.last_said is not None and story.dice.random() < 0.6:
            quoted = "\n".join(f"> {line}" for line in story.last_said.text.splitlines())
        channel = step.options.get("via", story.channel if story.channel in {"email", "portal"} else "email")
        tickets.customer_wrote(
            story.opened, by=speaker, text=text, at=at, channel=channel, quoted=quoted, files=story.files(step)
        )
        return
    staff = story.worker(step, at)
    text = story.words(step.text, staff)
    answer = {"says": tickets.reply, "asks": tickets.reply_and_wait}.get(step.verb)
    if answer is not None:
        story.last_said = answer(story.opened, by=staff, text=text, at=at, files=story.files(step))
        return
    story.last_said = tickets.reply_and_resolve(story.opened, by=staff, text=text, at=at, found=_found(story, step, at))


def _found(story: "Story", step: Step, at: datetime) -> tickets.Cause | None:
    """The cause the script names, with its evidence; a licence's date is noted where we had not held it."""
    cause, words = step.options.get("cause", ""), story.words(step.reason)
    if not cause:
        return None
    shown = words or ("Графики за этот час." if story.language == "ru" else "The graphs of that hour.")
    if cause != "licence":
        return tickets.Cause(cause, words or shown, shown)
    system = story.system or (story.customer.systems[0] if story.customer and story.customer.systems else None)
    if system is None:
        return tickets.Cause("other", words or shown, shown)
    product = "Лицензии доступа" if story.language == "ru" else "Access licences"
    last_day = (story.opened.opened_at - timedelta(days=1)).date()
    licence = Licence.objects.filter(system=system, product=product, valid_until=last_day).first()
    if licence is None:
        licence = customers.note_licence(system, product=product, valid_until=last_day, by=SYSTEM, at=at)
    return tickets.Cause(cause, words, f"{licence}: {last_day:%d.%m.%Y}", licence=licence)


def _away(story: "Story", step: Step, at: datetime) -> None:
    tickets.customer_wrote(
        story.opened, by=story.requester, text=story.words(step.text), at=at, channel="email", automatic=True
    )


def _note(story: "Story", step: Step, at: datetime) -> None:
    staff = story.speaker(step.who, at)
    text = story.words(step.text, staff)
    tickets.note(story.opened, by=staff.actor, text=text, at=at, files=story.files(step))


def _hand(story: "Story", step: Step, at: datetime) -> None:
    staff = story.worker(step, at)
    line = story.provider.teams[step.options["to"]]
    words, draft = story.words(step.text, staff), known_so_far(story.opened)
    known = Known(asked=draft.asked, tried=draft.tried or words, suspected=words)
    tickets.hand_over(story.opened, to=line, known=known, by=staff, at=at)


def _priority(story: "Story", step: Step, at: datetime) -> None:
    staff = story.worker(step, at)
    to = step.options["to"]
    if story.opened.priority != to:
        tickets.change_priority(story.opened, to=to, by=staff, at=at, why=story.words(step.reason, staff))


def _vendor(story: "Story", step: Step, at: datetime) -> None:
    staff = story.worker(step, at)
    tickets.wait_for_vendor(story.opened, by=staff, at=at, why=story.words(step.reason))


def _wait(story: "Story", step: Step, at: datetime) -> None:
    tickets.wait_for_customer(story.opened, by=story.worker(step, at), at=at, why=story.words(step.reason))


def _resume(story: "Story", step: Step, at: datetime) -> None:
    tickets.resume(story.opened, by=story.worker(step, at), at=at, why=story.words(step.reason))


def _resolve(story: "Story", step: Step, at: datetime) -> None:
    tickets.resolve(story.opened, by=story.worker(step, at), at=at, found=_found(story, step, at))


def _close(story: "Story", step: Step, at: datetime) -> None:
    tickets.close(story.opened, by=story.speaker(step.who, at).actor, at=at, why=story.words(step.reason))


def _tag(story: "Story", step: Step, at: datetime) -> None:
    tickets.tag(story.opened, word=step.options["word"], by=story.speaker(step.who, at).actor, at=at)


def _copy(story: "Story", step: Step, at: datetime) -> None:
    by = story.requester.actor if step.who in CUSTOMERS else story.speaker(step.who, at).actor
    tickets.add_participant(story.opened, contact=story.mate(), by=by, at=at)


def _duplicate(story: "Story", step: Step, at: datetime) -> None:
    story.duplicate = tickets.open_ticket(
        requester=story.mate(),
        subject=story.words(step.reason),
        text=story.words(step.text),
        kind=story.opened.kind,
        priority=story.opened.priority,
        channel="email",
        service=story.opened.service,
        by=story.mate().actor,
        at=at,
    )


def _merge(story: "Story", step: Step, at: datetime) -> None:
    staff = story.worker(step, at)
    if story.duplicate is not None:
        tickets.merge(story.duplicate, into=story.opened, by=staff, at=at, why=story.words(step.reason))


def _split(story: "Story", step: Step, at: datetime) -> None:
    """The customer's last message is another matter: it gets its own ticket, answered at once."""
    staff = story.worker(step, at)
    last = story.opened.messages.filter(author_contact__isnull=False).order_by("-at", "-pk").first()
    assert last is not None
    new = tickets.split(story.opened, messages=[last], subject=story.words(step.reason), by=staff, at=at)
    later = at + timedelta(minutes=1)
    tickets.reply_and_resolve(new, by=staff, text=story.words(step.text, staff), at=later)
    tickets.close(new, by=staff.actor, at=later)


ACTS: dict[str, Callable[["Story", Step, datetime], None]] = {
    "says": _say,
    "asks": _say,
    "solves": _say,
    "away": _away,
    "notes": _note,
    "hands": _hand,
    "priority": _priority,
    "vendor": _vendor,
    "waits": _wait,
    "resumes": _resume,
    "resolves": _resolve,
    "closes": _close,
    "tags": _tag,
    "copies": _copy,
    "duplicates": _duplicate,
    "merges": _merge,
    "splits": _split,
}
