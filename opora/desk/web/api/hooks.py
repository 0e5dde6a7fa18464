"""`POST /hooks/mail/<token>`: a letter as it is (RFC 5322), from a program that takes mail for us."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from opora.desk.channels.email import handing
from opora.desk.kernel.clock import now
from opora.desk.kernel.errors import NotHere


def mail(request: HttpRequest, token: str) -> HttpResponse:
    """200 once the letter is committed; 400 for nothing, 413 for one that is too large. Raises NotHere for a token nobody has.

    `?from=` and `?to=` are the envelope, when the caller knows it.
    """
    box = handing.mailbox_of_hook(token)
    if box is None:
        raise NotHere
    if not request.body.strip():
        return JsonResponse({"error": "Send the letter itself as the body."}, status=400)
    number, whole = handing.hand_in(
        request.body,
        transport="http",
        at=now(),
        envelope_from=request.GET.get("from", ""),
        envelope_to=request.GET.get("to", "") or box.address,
        source=f"hook of {box.address}",
    )
    return JsonResponse({"stored": number, "whole": whole}, status=200 if whole else 413)
