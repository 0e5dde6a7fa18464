"""Work on the customer's own systems, as its people live it: the countdown, live, stop, and what stays afterwards.

Looking and stopping want nothing but being one of the customer's; what is said here goes through the workroom's actions.
"""

import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from opora.desk.kernel.errors import NotHere, Refused
from opora.desk.web.components import recording
from opora.desk.web.components import working as words
from opora.desk.web.components.caller import network_address
from opora.desk.web.components.doors import ContactRequest, DeskRequest, for_contact
from opora.desk.web.components.roads import set_ups, standings
from opora.desk.web.signin import seals
from opora.desk.workroom import actions, policies, queries
from opora.desk.workroom.models import Agreement, Choice, ViewingLink
from opora.desk.workroom.recordings import Viewer

GUEST_KEY = "workroom_guest"
LINK_KEY = "workroom_link"
WORD_KEY = "workroom_word"


@never_cache
@require_safe
@for_contact
def window(request: ContactRequest, number: int) -> HttpResponse:
    """One agreed window: before it the countdown, in it the work live, after it what came of it."""
    return _show(request, policies.portal_agreement(request.contact, number))


@never_cache
@require_safe
@for_contact
def now(request: ContactRequest, number: int) -> HttpResponse:
    """Where the window stands, what happens now and what was done, for a page that is left open."""
    agreement = policies.portal_agreement(request.contact, number)
    return render(request, "portal/work/now_part.html", _known(request, agreement))


@never_cache
@require_safe
@for_contact
def roads(request: ContactRequest, number: int) -> HttpResponse:
    """How the roads to the hosts stand now, for a page that is open."""
    agreement = policies.portal_agreement(request.contact, number)
    found = queries.window_of(agreement, at=request.at)
    context = {"it": found, "agreement": agreement, "standings": standings(found)}
    return render(request, "portal/work/roads_part.html", context)


@require_POST
@for_contact
def make_word(request: ContactRequest, number: int, host: str) -> HttpResponse:
    """Make the word by which the customer's ssh opens the tunnel; it is shown once."""
    agreement = policies.portal_agreement(request.contact, number)
    try:
        word = actions.make_word(agreement, host, by=request.contact, at=request.at)
    except Refused as refused:
        return _show(request, agreement, refusal=refused.message)
    _keep_to_tell(request, WORD_KEY, agreement, host=host, word=word)
    return HttpResponseRedirect(resolve_url("portal:work", number) + "#roads-title")


@require_POST
@for_contact
def revoke_word(request: ContactRequest, number: int, host: str) -> HttpResponse:
    """The word opens nothing any more, and the tunnel is shut."""
    agreement = policies.portal_agreement(request.contact, number)
    actions.revoke_word(agreement, host, by=request.contact, at=request.at)
    messages.success(request, _("The word opens nothing any more. A tunnel that is open is shut within seconds."))
    return HttpResponseRedirect(resolve_url("portal:work", number) + "#roads-title")


@require_POST
@for_contact
def invite(request: ContactRequest, number: int) -> HttpResponse:
    """Make a one-time link for one colleague; it is shown once."""
    agreement = policies.portal_agreement(request.contact, number)
    try:
        token = actions.invite(agreement, guest=request.POST.get("guest", ""), by=request.contact, at=request.at)
    except Refused as refused:
        return _show(request, agreement, refusal=refused.message)
    _keep_to_tell(request, LINK_KEY, agreement, address=settings.OPORA_SITE_URL + reverse("portal:watch", args=[token]))
    return HttpResponseRedirect(resolve_url("portal:work", number) + "#guests-title")


@require_POST
@for_contact
def revoke(request: ContactRequest, number: int, link: int) -> HttpResponse:
    """The link lets nobody look any more."""
    agreement = policies.portal_agreement(request.contact, number)
    found = ViewingLink.objects.filter(pk=link, agreement=agreement, revoked_at=None).first()
    if found is None:
        raise NotHere
    actions.revoke_link(found, by=request.contact, at=request.at)
    messages.success(request, _("The link lets nobody look any more."))
    return HttpResponseRedirect(resolve_url("portal:work", number) + "#guests-title")


@require_POST
@for_contact
def choose(request: ContactRequest, number: int) -> HttpResponse:
    """The fork: we fix it ourselves, or order the repair."""
    agreement = policies.portal_agreement(request.contact, number)
    said = request.POST
    try:
        made = actions.choose(
            agreement, way=said.get("way", ""), by=request.contact, words=said.get("words", ""), at=request.at
        )
    except Refused as refused:
        return _show(request, agreement, refusal=refused.message)
    if made.way == Choice.Way.ORDER:
        messages.success(request, _("We will send you an estimate; nothing is done before you confirm it."))
    else:
        messages.success(request, _("The findings and the record are yours; they stand in the request too."))
    return HttpResponseRedirect(resolve_url("portal:work", number))


@require_POST
@for_contact
def order(request: ContactRequest, session: int) -> HttpResponse:
    """Pause, go on, stop, ask. At once: stopping must never be hard."""
    found = policies.portal_session(request.contact, session)
    said = request.POST
    try:
        actions.order(found, do=said.get("do", ""), by=request.contact, words=said.get("words", ""), at=request.at)
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("The gateway has your word."))
    return HttpResponseRedirect(resolve_url("portal:work", found.agreement_id))


@never_cache
@require_safe
@for_contact
def session(request: ContactRequest, session: int) -> HttpResponse:
    """The record of one session that has ended. One that runs is on its window's page."""
    found = policies.portal_session(request.contact, session)
    shown = words.shown(found)
    if shown.running:
        return HttpResponseRedirect(resolve_url("portal:work", found.agreement_id))
    context = {
        "session": found,
        "shown": shown,
        "key": words.verifier_key(),
        "looks": queries.looks_at(found),
        "record": reverse("portal:work_session", args=[found.pk]),
    }
    return render(request, "portal/work/session.html", context)


@require_safe
@for_contact
def record(request: ContactRequest, session: int, part: str) -> HttpResponse:
    """Frames, index or bundle; the look is kept."""
    found = policies.portal_session(request.contact, session)
    viewer = Viewer(f"contact:{request.contact.pk}", request.contact.name, network_address(request))
    return recording.answer(request, found, viewer, part, at=request.at)


@require_POST
@for_contact
def give_seal(request: ContactRequest) -> HttpResponse:
    """The owner gives the key to what is typed on its systems."""
    try:
        actions.give_seal(by=request.contact, pasted=request.POST.get("key", ""), at=request.at)
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Kept. It counts from the next window on."))
    return HttpResponseRedirect(resolve_url("portal:organisation") + "#seal-title")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def watch(request: HttpRequest, token: str) -> HttpResponse:
    """A one-time link: opening it shows a button, the button uses it up for this browser. Raises NotHere."""
    desk: DeskRequest = request  # type: ignore[assignment]
    if request.method == "POST":
        link = actions.use_link(token, came_from=network_address(request), at=desk.at)
        request.session[GUEST_KEY] = link.pk
        return HttpResponseRedirect(resolve_url("portal:watching"))
    if not policies.link_waits(token, at=desk.at):
        raise NotHere
    return render(request, "portal/work/enter.html")


@never_cache
@require_safe
def watching(request: HttpRequest) -> HttpResponse:
    """What a guest sees: the work live, nothing else. Raises NotHere without a good link."""
    desk: DeskRequest = request  # type: ignore[assignment]
    link = policies.guest_link(request.session.get(GUEST_KEY), at=desk.at)
    if link is None:
        raise NotHere
    found = queries.window_of(link.agreement, at=desk.at)
    context = {"it": found, "link": link, "live": found.running[:1], "key": words.verifier_key()}
    return render(request, "portal/work/watching.html", context)


def _show(request: ContactRequest, agreement: Agreement, *, refusal: str = "") -> HttpResponse:
    known = _known(request, agreement)
    found = known["it"]
    context = known | {
        "terms": agreement.request.asked_terms,
        "links": list(agreement.links.select_related("made_by").order_by("-id")),
        "standings": standings(found),
        "set_ups": set_ups(found.hosts, ticket=agreement.ticket.mark) if found.phase in {"before", "now"} else [],
        "new_word": _told_once(request, WORD_KEY, agreement),
        "new_link": _told_once(request, LINK_KEY, agreement),
        "times": queries.times_of_ticket(agreement.ticket_id),
        "refusal": refusal,
    }
    return render(request, "portal/work/window.html", context, status=422 if refusal else 200)


def _keep_to_tell(request: ContactRequest, name: str, agreement: Agreement, **facts: str) -> None:
    """Have the window's page say this once. Until then it lies in the session, sealed: the database holds no word in clear."""
    request.session[name] = {"agreement": agreement.pk, "sealed": seals.seal(json.dumps(facts).encode())}


def _told_once(request: ContactRequest, name: str, agreement: Agreement) -> dict[str, str]:
    """What was made just now for this window; empty when it was told, or is another window's."""
    kept = request.session.get(name)
    if not kept or kept["agreement"] != agreement.pk:
        return {}
    del request.session[name]
    return dict(json.loads(seals.unseal(kept["sealed"])))


def _known(request: ContactRequest, agreement: Agreement) -> dict[str, Any]:
    found = queries.window_of(agreement, at=request.at)
    return {
        "it": found,
        "agreement": agreement,
        "ticket": agreement.ticket,
        "phase": words.phase_in_words(found),
        "live": found.running,
        "sessions": [words.shown(one) for one in found.sessions if one not in found.running],
        "watching": words.watching_in_words(rule := agreement.request.asked_terms.watching),
        "must_watch": rule.startswith("must"),
        "key": words.verifier_key(),
    }
