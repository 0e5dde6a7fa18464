"""Where telephone exchanges tell us of calls: `POST /hooks/cti/<token>`. Translates; the room of the telephone decides.

No cookie opens it, only the token in the address and, where the exchange can, its signature. An exchange is answered
what it wants to hear even when its words are not understood, or it would stop sending; the words are kept.
"""

from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from opora.desk.channels.phone import actions, queries
from opora.desk.channels.phone.naming import secret_named
from opora.desk.channels.phone.parsing import (
    PRESETS,
    Preset,
    Unreadable,
    asked_number,
    card_for,
    in_e164,
    is_proved,
    read_call,
    read_fields,
)
from opora.desk.channels.phone.parsing.presets import PATH
from opora.desk.channels.phone.parsing.reading import LARGEST
from opora.desk.web.components.doors import DeskRequest


def hear(request: HttpRequest, token: str, rest: str = "") -> HttpResponse:
    """Take one word of an exchange, which may say by the `rest` of the address what it tells.

    404 for an address we never gave out, 401 for a wrong signature, 422 for what is no call.
    """
    connection = queries.find_connection(token)
    if connection is None:
        return JsonResponse({"error": "unknown address"}, status=404)
    preset, body = PRESETS[connection.preset], request.read(LARGEST + 1)
    query = request.META.get("QUERY_STRING", "")
    try:
        fields = read_fields(body, request.content_type or "", query) | {PATH: [rest[:100].strip("/")]}
        if preset.echo and preset.echo in fields:
            return HttpResponse(fields[preset.echo][0][:200], content_type="text/plain")
        if not is_proved(fields, request.headers, preset, secret_named(connection.secret)):
            return JsonResponse({"error": "the signature is wrong"}, status=401)
        if (asked := asked_number(fields, preset)) is not None:
            return _card(preset, in_e164(asked, connection.region))
        word = read_call(fields, preset, connection.region)
    except Unreadable as trouble:
        at = cast(DeskRequest, request).at
        actions.hear(connection, body=body[:LARGEST], query=query, word=None, trouble=str(trouble), at=at)
        return JsonResponse({"error": str(trouble)}, status=422)
    actions.hear(connection, body=body, query=query, word=word, trouble="", at=cast(DeskRequest, request).at)
    return _answer(preset, token)


def _card(preset: Preset, number: str) -> HttpResponse:
    """Whose number it is, for the telephone's display: a person only when it can be no other, nothing of tickets."""
    caller = queries.who_calls(number)
    name = caller.contact.name if caller.contact else ""
    company = caller.organisation.name if caller.organisation else ""
    return JsonResponse(card_for(preset, name=name, company=company, number=number))


def _answer(preset: Preset, token: str) -> HttpResponse:
    here = settings.OPORA_SITE_URL.rstrip("/") + reverse("api:cti", args=[token])
    return HttpResponse(preset.answer.replace("{here}", here), content_type=preset.answer_type)
