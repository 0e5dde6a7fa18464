"""Requests for confirmation as the customer meets them: behind the link of a letter, and in the portal.

Looking decides nothing: programs that follow links in letters are harmless. Only the button decides.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from opora.desk.consent import actions as consent
from opora.desk.consent import policies, queries, states
from opora.desk.consent.actions import Told
from opora.desk.consent.models import ConfirmationRequest
from opora.desk.kernel.errors import Refused
from opora.desk.web.components.caller import network_address
from opora.desk.web.components.doors import ContactRequest, DeskRequest, for_contact
from opora.desk.web.portal.entering_again import prove_again


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link: shows the text, and takes one decision. Raises NotHere for a link never sent."""
    desk: DeskRequest = request  # type: ignore[assignment]
    invitation = policies.link_door(token)
    asked = invitation.request
    with translation.override(asked.language):
        refusal, words = "", ""
        if request.method == "POST":
            words = request.POST.get("words", "")
            try:
                answer = consent.answer_by_page(token, told=_told(desk, asked), at=desk.at)
            except Refused as refused:
                refusal = refused.message
            else:
                asked.refresh_from_db()
                return render(request, "portal/confirmed.html", {"asked": asked, "answer": answer})
        context = _context(asked, desk.at) | {"refusal": refusal, "words": words, "who": invitation.email}
        return render(request, "portal/confirm.html", context, status=422 if refusal else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_contact
def confirmation(request: ContactRequest, number: int) -> HttpResponse:
    """The same in the portal: deciding wants the password again."""
    asked = policies.portal_door(request.contact, number)
    refusal, words = "", ""
    if request.method == "POST":
        words = request.POST.get("words", "")
        try:
            prove_again(request, request.POST.get("password", ""))
            consent.answer_in_portal(asked, by=request.contact, told=_told(request, asked), at=request.at)
        except Refused as refused:
            refusal = refused.message
        else:
            messages.success(request, _("Thank you. Your decision is kept and our engineers know it."))
            return HttpResponseRedirect(resolve_url("portal:confirmation", number))
    context = _context(asked, request.at) | {
        "refusal": refusal,
        "words": words,
        "may_answer": policies.may_answer(request.contact, asked),
        "has_password": request.account.has_usable_password(),
        "proof": queries.prove(asked),
    }
    return render(request, "portal/confirmation.html", context, status=422 if refusal else 200)


@require_POST
@for_contact
def withdraw(request: ContactRequest, number: int) -> HttpResponse:
    """Take it back, at once and without a password: stopping must never be hard."""
    asked = policies.portal_door(request.contact, number)
    try:
        consent.withdraw(asked, by=request.contact, words=request.POST.get("words", ""), at=request.at)
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Taken back. Nothing may be done on your systems by it from this moment."))
    return HttpResponseRedirect(resolve_url("portal:confirmation", number))


@require_POST
@for_contact
def decide_nomination(request: ContactRequest, number: int) -> HttpResponse:
    """The owner decides whether an address may confirm from now on; that too wants the password again."""
    nomination = policies.nomination_door(request.contact, number)
    accepted = request.POST.get("verb") == "accept"
    try:
        if accepted:
            prove_again(request, request.POST.get("password", ""))
        consent.decide_nomination(nomination, by=request.contact, accepted=accepted, at=request.at)
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Decided: %(email)s.") % {"email": nomination.address.email})
    return HttpResponseRedirect(resolve_url("portal:organisation") + "#people-title")


def _context(asked: ConfirmationRequest, at: datetime) -> dict[str, Any]:
    terms = asked.asked_terms
    zone = ZoneInfo(terms.zone)
    return {
        "asked": asked,
        "terms": terms,
        "waits": asked.state == states.ASKED and at < asked.expires_at,
        "confirmed": asked.state == states.CONFIRMED,
        "starts": terms.starts.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
        "ends": terms.ends.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
    }


def _told(request: DeskRequest, asked: ConfirmationRequest) -> Told:
    """What was decided, with where it came from. Raises Refused for a decision or a moment that cannot be read."""
    said = request.POST
    kind = said.get("verb", "")
    if kind not in {"confirmed", "declined", "other_window"}:
        raise Refused("portal.no_decision", _("Choose one of the buttons."))
    zone = ZoneInfo(asked.asked_terms.zone)
    window = (
        [_moment(said.get(name, ""), zone) for name in ("starts", "ends")] if kind == "other_window" else [None, None]
    )
    proof = {
        "address": network_address(request),
        "agent": request.headers.get("User-Agent", "")[:300],
        "shown_digest": said.get("digest", "")[:64],
    }
    return Told(kind, said.get("digest", ""), said.get("words", ""), window[0], window[1], proof)


def _moment(written: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.fromisoformat(written).replace(tzinfo=zone)
    except ValueError:
        raise Refused("portal.no_moment", _("Name both moments of the window.")) from None
