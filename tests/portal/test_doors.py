"""Who gets in where: every address of the portal and of files, walked as owner, colleagues, an outsider and staff."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from opora.desk.tickets import actions
from opora.desk.tickets.models import Message, MessageFile, NoteFile, Ticket
from opora.desk.web.components import files
from opora.desk.web.portal import urls
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SignedIn = Callable[..., Client]

OF_A_TICKET = {
    "portal:request": "get",
    "portal:news": "get",
    "portal:why": "get",
    "portal:answer": "post",
    "portal:copy_in": "post",
    "portal:copy_out": "post",
    "portal:object": "post",
    "portal:solved": "post",
}
OF_OWNERS = {  # walked in test_organisation.py and test_proof.py
    "portal:add_person": "post",
    "portal:change_roles": "post",
    "portal:promises": "get",
    "portal:promises_csv": "get",
    "portal:promises_pdf": "get",
}
OF_THE_PUBLIC = {
    f"portal:{name}" for name in ("status", "status_feed", "status_subscribe", "status_confirm", "status_leave")
}
OF_EVERYBODY = ["portal:requests", "portal:new", "portal:rows", "portal:priorities", "portal:support_pin"]
OF_CONFIRMING = {  # walked in tests/consent/test_pages.py
    "portal:confirm_by_link",
    "portal:confirmation",
    "portal:decide_nomination",
    "portal:withdraw_confirmation",
}
OF_WATCHED_WORK = {  # walked in tests/portal/test_working.py and tests/web
    *("portal:work", "portal:work_now", "portal:work_invite", "portal:work_revoke", "portal:work_choose"),
    *("portal:work_roads", "portal:work_word", "portal:work_revoke_word"),
    *("portal:work_session", "portal:work_order", "portal:work_record", "portal:watching", "portal:watch"),
    "portal:give_seal",
}
OF_A_MESSAGE = "portal:formatted"  # walked in tests/components/test_framed.py


def test_it_knows_every_address_of_the_portal() -> None:
    named = {f"portal:{pattern.name}" for pattern in urls.urlpatterns}
    assert named == {
        *OF_A_TICKET,
        *OF_EVERYBODY,
        *OF_OWNERS,
        *OF_CONFIRMING,
        *OF_THE_PUBLIC,
        *OF_WATCHED_WORK,
        OF_A_MESSAGE,
        "portal:home",
        "portal:organisation",
    }


@pytest.mark.parametrize("name", sorted(OF_A_TICKET))
@pytest.mark.parametrize("outsider", ["dan", "cleo"])
def test_it_shows_a_ticket_to_nobody_from_outside(
    signed_in: SignedIn, cast: Cast, ticket: Ticket, name: str, outsider: str
) -> None:
    client = signed_in(getattr(cast, outsider))
    answer = getattr(client, OF_A_TICKET[name])(reverse(name, args=[ticket.pk]), {"person": cast.carl.pk, "text": "x"})
    assert answer.status_code == 404
    assert ticket.subject not in answer.content.decode()
    assert Message.objects.filter(ticket=ticket).count() == 2


@pytest.mark.parametrize("name", ["portal:request", "portal:news", "portal:why"])
@pytest.mark.parametrize("person", ["clara", "carl"])
def test_it_shows_a_ticket_to_the_owner_and_the_technical_colleague(
    signed_in: SignedIn, cast: Cast, ticket: Ticket, name: str, person: str
) -> None:
    answer = signed_in(getattr(cast, person)).get(reverse(name, args=[ticket.pk]))
    assert answer.status_code == 200
    assert "zanzibar" not in answer.content.decode()


def test_it_shows_a_ticket_to_those_in_copy(signed_in: SignedIn, cast: Cast, ticket: Ticket) -> None:
    actions.add_participant(ticket, contact=cast.cleo, by=cast.clara.actor, at=ticket.opened_at)
    assert signed_in(cast.cleo).get(reverse("portal:request", args=[ticket.pk])).status_code == 200


@pytest.mark.parametrize("name", [*OF_A_TICKET, *OF_EVERYBODY, *OF_OWNERS, "portal:organisation"])
def test_it_leads_colleagues_and_strangers_to_the_sign_in(
    signed_in: SignedIn, cast: Cast, ticket: Ticket, name: str
) -> None:
    address = reverse(name, args=[ticket.pk] if name in OF_A_TICKET or name == "portal:change_roles" else [])
    for client in (Client(), signed_in(cast.anna), signed_in(cast.hanna)):
        answer = getattr(client, (OF_A_TICKET | OF_OWNERS).get(name, "get"))(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("signin:customer"))


def test_it_lists_the_organisations_requests_to_those_who_may_see_them(
    signed_in: SignedIn, cast: Cast, ticket: Ticket
) -> None:
    seen = {
        name: ticket.subject in signed_in(getattr(cast, name)).get("/requests/").content.decode()
        for name in ("clara", "carl", "cleo", "dan")
    }
    assert seen == {"clara": True, "carl": True, "cleo": False, "dan": False}


def test_it_gives_single_rows_only_of_ones_own(signed_in: SignedIn, cast: Cast, ticket: Ticket) -> None:
    theirs = cast.write(cast.dan, ticket.opened_at, subject="Driftwood matter")
    asked = {"ids": f"{ticket.pk},{theirs.pk},junk,{10**30}"}
    said = signed_in(cast.clara).get("/requests/rows", asked).content.decode()
    assert ticket.subject in said
    assert "Driftwood matter" not in said


def test_it_finds_no_words_of_notes_or_of_others(signed_in: SignedIn, cast: Cast, ticket: Ticket) -> None:
    for person, words in ((cast.clara, "zanzibar"), (cast.dan, "slow"), (cast.dan, str(ticket.pk))):
        said = signed_in(person).get("/requests/", {"q": words}).content.decode()
        assert "Nothing found" in said
        assert ticket.subject not in said


def test_it_shows_the_organisation_to_its_owner_only(signed_in: SignedIn, cast: Cast) -> None:
    status = {n: signed_in(getattr(cast, n)).get("/organisation").status_code for n in ("clara", "carl", "cleo")}
    assert status == {"clara": 200, "carl": 404, "cleo": 404}
    assert "Northwind" not in signed_in(cast.dan).get("/organisation").content.decode()


@pytest.mark.parametrize(
    ("person", "status"), [("clara", 200), ("carl", 200), ("anna", 200), ("vera", 200), ("dan", 404), ("cleo", 404)]
)
def test_it_hands_a_public_file_to_those_who_see_the_ticket(
    signed_in: SignedIn, cast: Cast, ticket: Ticket, person: str, status: int
) -> None:
    file = MessageFile.objects.filter(message__ticket=ticket).order_by("pk")[0]
    assert signed_in(getattr(cast, person)).get(files.address(file)).status_code == status


def test_it_hands_a_notes_file_to_colleagues_only(signed_in: SignedIn, cast: Cast, ticket: Ticket) -> None:
    place = files.address(NoteFile.objects.get(note__ticket=ticket))
    assert b"".join(signed_in(cast.boris).get(place)) == b"internal"
    for client in (signed_in(cast.clara), signed_in(cast.dan), Client()):
        assert client.get(place).status_code == 404


def test_it_hands_strangers_nothing(ticket: Ticket) -> None:
    file = MessageFile.objects.filter(message__ticket=ticket).order_by("pk")[0]
    assert Client().get(files.address(file)).status_code == 404


def test_it_takes_no_address_that_it_did_not_make(signed_in: SignedIn, cast: Cast, ticket: Ticket) -> None:
    file = MessageFile.objects.filter(message__ticket=ticket).order_by("pk")[0]
    for token in (f"m{file.pk}", f"m{file.pk}~forged", "x", f"m{10**25}~a"):
        assert signed_in(cast.clara).get(f"/files/{token}/{file.name}").status_code == 404
