"""Letters that need a person: the quarantine, letters that were not delivered, letters of which nobody knows."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from opora.desk.channels.email import actions, queries, states
from opora.desk.channels.email.models import RawLetter, Recipient
from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.web.components.doors import StaffRequest, for_staff
from opora.desk.web.console import proofs, rail

MOST = 100
SHOWN_OCTETS = 64 * 1024
SHELVES = {
    "quarantine": (
        gettext_lazy("Quarantine"),
        gettext_lazy("The quarantine is empty"),
        gettext_lazy("Letters that could not be placed by themselves wait here, whole, for somebody to decide."),
    ),
    "alarms": (
        gettext_lazy("Mail is disturbed"),
        gettext_lazy("Mail runs as it should"),
        gettext_lazy("When a mailbox falls silent or the fuse blows, it stands here: mail itself could not tell."),
    ),
    "held": (
        gettext_lazy("Held back"),
        gettext_lazy("Nothing is held back"),
        gettext_lazy(
            "When somebody, or a robot, sends more in an hour than we can take, the rest waits here. "
            "It goes on by itself as the hours have room, or when you say so."
        ),
    ),
    "spam": (
        gettext_lazy("Spam"),
        gettext_lazy("No spam"),
        gettext_lazy("What the mail server's filter or a colleague calls spam stands here and can be taken back."),
    ),
    "unsent": (
        gettext_lazy("Not delivered"),
        gettext_lazy("Every letter got through"),
        gettext_lazy("Letters that a server refused for good stand here with its answer."),
    ),
    "unknown": (
        gettext_lazy("Sent or not?"),
        gettext_lazy("Nothing is in doubt"),
        gettext_lazy(
            "When we fall in the very moment of sending, nobody knows whether it arrived; it would stand here."
        ),
    ),
}
ROAD_STATES = {"unsent": states.FAILED, "unknown": states.UNKNOWN}


@require_GET
@for_staff("mail:handle")
def shelf(request: StaffRequest, shelf: str) -> HttpResponse:
    """One of the three shelves. Raises NotHere for another name."""
    if shelf not in SHELVES:
        raise NotHere
    title, empty, advice = SHELVES[shelf]
    context = rail.uncounted(request, current=shelf) | {
        "shelf": shelf,
        "title": title,
        "empty": empty,
        "advice": advice,
    }
    if shelf == "quarantine":
        context["letters"] = list(queries.quarantine(request.staff)[:MOST])
    elif shelf == "alarms":
        context["alarms"] = queries.alarms(at=request.at)
    elif shelf == "held":
        context["piles"] = queries.held_piles(request.staff)
    elif shelf == "spam":
        context["spam"] = list(queries.spam(request.staff)[:MOST])
    else:
        rows = queries.troubled_recipients(request.staff).filter(state=ROAD_STATES[shelf])
        context["recipients"] = list(rows[:MOST])
    return render(request, "console/letters.html", context)


@require_GET
@for_staff("mail:handle")
def letter(request: StaffRequest, number: int) -> HttpResponse:
    """A letter as it came, as text; `?download` hands out the octets. Raises NotHere."""
    found = queries.raw_letter(request.staff, number)
    if "download" in request.GET:
        answer = HttpResponse(bytes(found.raw), content_type="application/octet-stream")
        answer["Content-Disposition"] = f'attachment; filename="letter-{found.pk}.eml"'
        return answer
    context = rail.uncounted(request, current="quarantine") | {
        "letter": found,
        "raw": bytes(found.raw)[:SHOWN_OCTETS].decode("utf-8", "replace"),
        "cut": found.size > SHOWN_OCTETS,
        "waits": found.state == states.QUARANTINED,
        "aside": found.state in (states.HELD, states.SPAM),
        "proof": proofs.in_words(queries.proof_on(found)),
    }
    return render(request, "console/letter.html", context)


def _retry(request: StaffRequest, found: RawLetter) -> str:
    actions.retry_letter(found, by=request.staff, at=request.at)
    messages.success(request, _("The letter is on its way through once more."))
    return reverse("console:letters", args=["quarantine"])


def _make_ticket(request: StaffRequest, found: RawLetter) -> str:
    ticket = actions.make_ticket_from_quarantine(found, by=request.staff, at=request.at)
    return reverse("console:ticket", args=[ticket.pk])


def _let_through(request: StaffRequest, found: RawLetter) -> str:
    actions.let_through(found, by=request.staff, at=request.at)
    messages.success(request, _("The letter goes on to its ticket now."))
    return reverse("console:letter", args=[found.pk])


LETTER_VERBS: dict[str, Callable[[StaffRequest, RawLetter], str]] = {
    "retry": _retry,
    "ticket": _make_ticket,
    "through": _let_through,
}
PILE_VERBS: dict[str, Callable[..., int]] = {"through": actions.let_through_all, "file": actions.only_file_all}
ROAD_VERBS: dict[str, Callable[..., None]] = {
    "resend": actions.resend,
    "arrived": actions.mark_as_sent,
    "drop": actions.drop_recipient,
}


@require_POST
@for_staff("mail:handle")
def letter_act(request: StaffRequest, number: int, verb: str) -> HttpResponse:
    """Try a quarantined letter again, or make a ticket of it. Raises NotHere."""
    if verb not in LETTER_VERBS:
        raise NotHere
    found = (queries.raw_letter if verb == "through" else queries.quarantined_letter)(request.staff, number)
    try:
        return HttpResponseRedirect(LETTER_VERBS[verb](request, found))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return HttpResponseRedirect(reverse("console:letter", args=[number]))


@require_POST
@for_staff("mail:handle")
def pile_act(request: StaffRequest, verb: str) -> HttpResponse:
    """Let everything through that is held back for one reason, or only file it. Raises NotHere."""
    if verb not in PILE_VERBS:
        raise NotHere
    count = PILE_VERBS[verb](request.POST.get("held_for", ""), by=request.staff, at=request.at)
    said = ngettext("%(count)d letter is on its way.", "%(count)d letters are on their way.", count)
    filed = ngettext("%(count)d letter is filed.", "%(count)d letters are filed.", count)
    messages.success(request, (said if verb == "through" else filed) % {"count": count})
    return HttpResponseRedirect(reverse("console:letters", args=["held"]))


@require_POST
@for_staff("mail:handle")
def road_act(request: StaffRequest, number: int, verb: str) -> HttpResponse:
    """Decide about a letter of ours that failed or is in doubt. Raises NotHere."""
    if verb not in ROAD_VERBS:
        raise NotHere
    recipient: Recipient = queries.troubled_recipient(request.staff, number)
    was = "unknown" if recipient.state == states.UNKNOWN else "unsent"
    try:
        ROAD_VERBS[verb](recipient, by=request.staff, at=request.at)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Done: %(email)s.") % {"email": recipient.email})
    return HttpResponseRedirect(_back(request) or reverse("console:letters", args=[was]))


def _back(request: StaffRequest) -> str:
    """The ticket's page, when the decision was made there."""
    number = request.POST.get("ticket", "")
    return reverse("console:ticket", args=[int(number)]) if number.isascii() and number.isdecimal() else ""
