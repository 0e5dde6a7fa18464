"""The owner takes the proof along: each ticket, each promise, kept or missed, and why. Nobody else does."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from opora.desk.kernel.jobs import deliver_due
from opora.desk.sla import actions as sla
from opora.desk.sla.jobs import sweep
from opora.desk.tickets import actions
from opora.desk.tickets.models import Ticket
from opora.desk.web.portal.proof import rows
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SignedIn = Callable[..., Client]
PLACES = ("/organisation/promises", "/organisation/promises.csv", "/organisation/promises.pdf")
SEPTEMBER = {"since": "2026-09-01", "until": "2026-09-30"}
HOUR = timedelta(hours=1)


@pytest.fixture
def kept(cast: Cast, monday: datetime) -> Ticket:
    """Answered after an hour; four were promised."""
    ticket = cast.write(cast.carl, monday, subject="=HYPERLINK(1) Магазин медленный", system=cast.web1)
    actions.reply(ticket, by=cast.anna, text="We are looking", at=monday + HOUR)
    return ticket


@pytest.fixture
def missed(cast: Cast, monday: datetime) -> Ticket:
    """Answered six working hours after the four that were promised were counted to two over."""
    ticket = cast.write(cast.clara, monday + HOUR, subject="Backups fail")
    sweep(monday + timedelta(days=1))
    actions.reply(ticket, by=cast.anna, text="Sorry", at=monday + timedelta(hours=8))
    return ticket


def read(answer: object) -> list[dict[str, str]]:
    text = answer.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def text_of(pdf: bytes) -> str:
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_it_says_of_each_promise_whether_it_was_kept_and_why(
    signed_in: SignedIn, cast: Cast, kept: Ticket, missed: Ticket
) -> None:
    first, second = read(signed_in(cast.clara).get("/organisation/promises.csv", SEPTEMBER))
    assert (first["Request"], first["Outcome"], first["Late, s"]) == (kept.mark, "kept", "0")
    assert (first["Promised within, s"], first["Counted, s"]) == ("14400", "3600")
    assert (first["Why"], first["Asked by"]) == ("Answered in time.", "Carl Ness")
    assert (second["Request"], second["Outcome"]) == (missed.mark, "missed")
    assert second["Promised by"] == "2026-09-14T16:00:00+03:00"
    assert second["Answered"] == "2026-09-14T18:00:00+03:00"
    assert second["Late, s"] == "7200"
    assert second["Why"] == "Answered 2 h of working time too late."


def test_it_lets_no_sheet_reckon_with_a_customers_words(signed_in: SignedIn, cast: Cast, kept: Ticket) -> None:
    (row,) = read(signed_in(cast.clara).get("/organisation/promises.csv", SEPTEMBER))
    assert row["Subject"] == "'=HYPERLINK(1) Магазин медленный"


def test_it_counts_by_promise_on_the_page(signed_in: SignedIn, cast: Cast, kept: Ticket, missed: Ticket) -> None:
    answer = signed_in(cast.clara).get("/organisation/promises", SEPTEMBER)
    page = answer.content.decode()
    (one,) = answer.context["proof"].sums
    assert (one.kept, one.missed, one.others, one.share) == (1, 1, 0, 50)
    assert "kept 1, missed 1" in page and "Answered 2 h of working time too late." in page
    assert f"/requests/{missed.pk}/why" in page


def test_it_takes_only_what_began_in_the_period(
    signed_in: SignedIn, cast: Cast, kept: Ticket, missed: Ticket, monday: datetime
) -> None:
    clara = signed_in(cast.clara)
    for since, until, count in (
        ("2026-09-14", "2026-09-14", 2),
        ("2026-09-15", "2026-10-15", 0),
        ("2026-09-01", "2026-09-13", 0),
    ):
        assert len(read(clara.get("/organisation/promises.csv", {"since": since, "until": until}))) == count


def test_it_writes_it_on_paper_in_both_alphabets(signed_in: SignedIn, cast: Cast, kept: Ticket, missed: Ticket) -> None:
    answer = signed_in(cast.clara).get("/organisation/promises.pdf", SEPTEMBER)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith('attachment; filename="promises-')
    said = " ".join(text_of(answer.content).split())
    for words in (
        "Proof of promises",
        "Northwind Bakery, 1 September 2026 – 30 September 2026",
        "Contract B-1.",
        "Магазин медленный",
        "too late",
        "Page 1 of 1",
    ):
        assert words in said
    assert "50 %" in said


def test_it_goes_over_as_many_pages_as_it_needs(signed_in: SignedIn, cast: Cast, monday: datetime) -> None:
    for n in range(60):
        cast.write(cast.clara, monday, subject=f"Request number {n} <b>& more</b>")
    said = text_of(signed_in(cast.clara).get("/organisation/promises.pdf", SEPTEMBER).content)
    assert "Request number 59 <b>& more</b>" in " ".join(said.split())
    assert "Page 2 of" in said


def test_it_names_the_time_that_was_not_counted(signed_in: SignedIn, cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday)
    clock = sla.start_clock(
        promise="resolution",
        about=("ticket", ticket.pk),
        calendar_version=cast.office,
        target_seconds=8 * 3600,
        by=cast.anna.actor,
        at=monday,
    )
    sla.pause_clock(clock, by=cast.anna.actor, at=monday + HOUR, why="waiting_on_customer")
    sla.resume_clock(clock, by=cast.anna.actor, at=monday + 2 * HOUR)
    found = rows.proof(cast.bakery, monday, monday + HOUR, at=monday + 3 * HOUR)
    resolution = next(row for row in found.rows if row.promise == "Resolution")
    assert resolution.counted == 2 * 3600
    assert resolution.why.startswith("Still open. Not counted: waiting for the customer, 14 September,")


def test_it_keeps_what_we_promise_each_other_to_ourselves(signed_in: SignedIn, cast: Cast, monday: datetime) -> None:
    ticket = cast.write(cast.clara, monday)
    for promise in ("line", "vendor"):
        sla.start_clock(
            promise=promise,
            about=("ticket", ticket.pk),
            calendar_version=cast.office,
            target_seconds=3600,
            by=cast.anna.actor,
            at=monday,
        )
    clara = signed_in(cast.clara)
    assert [row["Promise"] for row in read(clara.get(PLACES[1], SEPTEMBER))] == ["First reply"]
    for place in (f"/requests/{ticket.pk}", f"/requests/{ticket.pk}/why"):
        page = clara.get(place).content.decode()
        assert "Work of the line" not in page and "Vendor" not in page


def test_it_names_the_letter_of_the_cause_and_the_answer_to_an_objection_among_the_promises(
    signed_in: SignedIn, cast: Cast, monday: datetime
) -> None:
    ticket = cast.write(cast.clara, monday, priority="high")
    actions.change_priority(ticket, to="medium", by=cast.anna, at=monday, why="One of three.")
    actions.give_priority_back(
        actions.object_to_priority(ticket, by=cast.clara, at=monday),
        by=cast.boris,
        at=monday,
        reasons="It is all gone.",
    )
    found = actions.Cause("infrastructure", "A switch failed.", "Port errors on sw-3.")
    actions.resolve(ticket, by=cast.anna, at=monday + HOUR, found=found)
    deliver_due(at=monday + HOUR, limit=200)
    clara = signed_in(cast.clara)
    said = {row["Promise"]: row["Outcome"] for row in read(clara.get(PLACES[1], SEPTEMBER))}
    assert said["Answer to the objection"] == "kept" and "Root-cause letter" in said
    page = clara.get(f"/requests/{ticket.pk}").content.decode()
    assert "We promised an answer to your objection" in page and "a letter about the cause" in page
    why = clara.get(f"/requests/{ticket.pk}/why").content.decode()
    assert "Answer to the objection within 4 h" in why and "Root-cause letter within" in why


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("person", ["carl", "cleo", "sam", "anna"])
def test_it_is_the_owners_alone(signed_in: SignedIn, cast: Cast, kept: Ticket, place: str, person: str) -> None:
    account = getattr(cast, person).account
    answer = (signed_in(getattr(cast, person)) if account else Client()).get(place, SEPTEMBER)
    assert answer.status_code == (404 if person in ("carl", "cleo") else 302)
    assert kept.mark.encode() not in answer.content


def test_it_shows_dan_his_own_promises_only(signed_in: SignedIn, cast: Cast, kept: Ticket, monday: datetime) -> None:
    own = cast.write(cast.dan, monday, service=None)
    dan = signed_in(cast.dan)
    assert [row["Request"] for row in read(dan.get(PLACES[1], SEPTEMBER))] == [own.mark]
    for place in (PLACES[0], PLACES[2]):
        content = dan.get(place, SEPTEMBER | {"organisation": cast.bakery.pk}).content
        said = text_of(content) if place.endswith("pdf") else content.decode()
        assert own.mark in said and kept.mark not in said and "Northwind" not in said


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"since": "2026-09-30", "until": "2026-09-01"}, "The last day stands before the first."),
        ({"since": "2024-01-01", "until": "2026-01-01"}, "Choose a year at most."),
        ({"since": "yesterday", "until": "2026-01-01"}, "Enter a valid date."),
    ],
)
def test_it_says_what_is_wrong_with_a_period(signed_in: SignedIn, cast: Cast, asked: dict[str, str], said: str) -> None:
    clara = signed_in(cast.clara)
    answer = clara.get(PLACES[0], asked)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert clara.get(PLACES[1], asked).status_code == 404


def test_it_begins_with_this_month_and_says_when_nothing_was_promised(signed_in: SignedIn, cast: Cast) -> None:
    answer = signed_in(cast.clara).get(PLACES[0])
    assert answer.status_code == 200
    assert "Nothing was promised in this period" in answer.content.decode()


def test_it_holds_so_many_promises_and_says_so(
    signed_in: SignedIn, cast: Cast, monday: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MOST", 2)
    for _ in range(3):
        cast.write(cast.clara, monday)
    answer = signed_in(cast.clara).get(PLACES[0], SEPTEMBER)
    assert "Choose shorter periods" in answer.content.decode()
    assert rows.proof(cast.bakery, monday, datetime(2027, 1, 1, tzinfo=UTC), at=monday).cut
