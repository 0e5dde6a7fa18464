"""Queues as pages: what stands in them, paging, filters, views, bulk changes, and what they cost."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from opora.desk.dispatch.models import Notice, SavedView
from opora.desk.tickets import actions
from opora.desk.tickets.models import Ticket
from opora.desk.web.console.views import searching

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 12


def queue(name: str) -> str:
    return reverse("console:queue", args=[name])


def test_it_begins_with_ones_own_tickets(cast, browser):
    assert browser(cast.anna).get("/desk/")["Location"] == queue("mine")


def test_it_shows_a_row_with_its_clock_as_time_left(cast, monday, browser):
    cast.write(cast.clara, monday, subject="Shop <b>down</b>")
    page = browser(cast.anna).get(queue("line")).content.decode()
    assert "Shop &lt;b&gt;down&lt;/b&gt;" in page
    assert "<time-left" in page
    assert "Clara Berg · Northwind Bakery" in page


@pytest.mark.parametrize("name", ["mine", "line", "unassigned", "due", "waiting", "all", "ended"])
def test_it_costs_at_most_twelve_statements(cast, monday, browser, name):
    for at in range(30):
        ticket = cast.write(cast.clara, monday + timedelta(minutes=at))
        if at % 2:
            actions.take(ticket, by=cast.anna, at=monday + timedelta(hours=1))
    client = browser(cast.anna)
    client.get(queue(name))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(queue(name)).status_code == 200
    assert len(asked) <= MOST_STATEMENTS, "\n".join(one["sql"][:150] for one in asked.captured_queries)


def test_it_goes_on_from_a_mark_and_misses_nothing(cast, monday, browser):
    for at in range(60):
        cast.write(cast.clara, monday + timedelta(minutes=at))
    client = browser(cast.anna)
    first = client.get(queue("all"))
    second = client.get(first.context["later"])
    rows = first.content.decode() + second.content.decode()
    assert all(f'data-row="{number}"' in rows for number in Ticket.objects.values_list("pk", flat=True))
    assert second.context["later"] == ""


def test_it_filters_and_says_so(cast, monday, browser):
    cast.write(cast.clara, monday, subject="High one", priority="high")
    cast.write(cast.clara, monday, subject="Low one", priority="low")
    page = browser(cast.anna).get(queue("all"), {"priority": "high"}).content.decode()
    assert "High one" in page
    assert "Low one" not in page
    assert 'class="chip"' in page


def test_it_answers_a_live_page_with_the_rows_that_still_stand_here(cast, monday, browser):
    mine, other = cast.write(cast.clara, monday), cast.write(cast.clara, monday)
    actions.take(mine, by=cast.anna, at=monday)
    page = browser(cast.anna).get(reverse("console:rows", args=["mine"]), {"ids": f"{mine.pk},{other.pk},x"})
    assert f'data-row="{mine.pk}"' in page.content.decode()
    assert f'data-row="{other.pk}"' not in page.content.decode()


def test_it_counts_the_queues(cast, monday, browser):
    cast.write(cast.clara, monday)
    counts = browser(cast.anna).get(reverse("console:counts")).json()
    assert (counts["line"], counts["mine"], counts["all"]) == ("1", "0", "1")


def test_it_keeps_a_view_in_the_rail_and_lets_it_go(cast, monday, browser):
    client = browser(cast.anna)
    client.post(reverse("console:save_view"), {"queue": "all", "name": "Outages", "priority": "high"})
    view = SavedView.objects.get()
    assert "Outages" in client.get(queue("all")).content.decode()
    assert "Remove this view" in client.get(queue("all"), {"priority": "high"}).content.decode()
    assert "Remove this view" not in client.get(queue("all"), {"priority": "low"}).content.decode()
    foreign = browser(cast.boris)
    assert foreign.post(reverse("console:forget_view", args=[view.pk])).status_code == 404
    client.post(reverse("console:forget_view", args=[view.pk]))
    assert not SavedView.objects.exists()


def test_it_changes_many_at_once_and_says_what_was_refused(cast, monday, browser):
    open_one, ended = cast.write(cast.clara, monday), cast.write(cast.clara, monday)
    actions.resolve(ended, by=cast.anna, at=monday)
    actions.close(ended, by=cast.anna.actor, at=monday)
    numbers = [open_one.pk, ended.pk, 999_999]
    asked = {"numbers": numbers, "verb": "change", "assignee": cast.boris.pk, "tag": "wave", "next": queue("all")}
    answer = browser(cast.anna).post(reverse("console:bulk"), asked, follow=True)
    open_one.refresh_from_db()
    assert (open_one.assignee, open_one.tags) == (cast.boris, ["wave"])
    page = answer.content.decode()
    assert "1 ticket changed." in page
    assert f"T-{ended.pk}: This ticket has ended." in page


def test_it_has_no_queue_of_another_name(cast, browser):
    assert browser(cast.anna).get(queue("everything")).status_code == 404


def test_it_finds_words_of_both_languages_and_leads_a_number_home(cast, monday, browser):
    ticket = cast.write(cast.clara, monday, subject="Серверы не отвечают", text="The gateway times out")
    client = browser(cast.anna)
    for words in ("сервер", "gateways", "Clara"):
        assert f'data-row="{ticket.pk}"' in client.get(reverse("console:search"), {"q": words}).content.decode()
    assert client.get(reverse("console:search"), {"q": ticket.mark})["Location"].endswith(str(ticket.pk))
    assert "Nothing holds these words" in client.get(reverse("console:search"), {"q": "zebra"}).content.decode()


def test_it_shows_what_is_new_for_the_colleague_and_marks_it_read(cast, monday, browser):
    ticket = cast.write(cast.clara, monday, subject="Look at this")
    for staff in (cast.anna, cast.boris):
        Notice.objects.create(staff=staff, ticket=ticket, kind="opened", event_id=1, at=monday)
    client = browser(cast.anna)
    assert "Look at this" in client.get(reverse("console:notices")).content.decode()
    page = client.post(reverse("console:read_notices"), follow=True).content.decode()
    assert "Nothing new for you" in page
    assert Notice.objects.filter(read_at__isnull=True).get().staff == cast.boris


def test_it_fetches_the_filter_and_the_menus_when_they_are_opened(cast, browser):
    client = browser(cast.anna)
    form = client.get(reverse("console:filter", args=["all"]), {"priority": "high"}).content.decode()
    assert '<option value="high" selected>' in form
    assert "Second line" in form
    assert "Boris Orlov" in client.get(reverse("console:colleagues")).content.decode()
    assert "/sign-out/" in client.get(reverse("console:menu"), {"back": "/desk/queue/all"}).content.decode()


def test_it_pages_through_everything_found_the_newest_first(cast, monday, browser, monkeypatch):
    monkeypatch.setattr(searching, "MOST", 2)
    made = [cast.write(cast.clara, monday, subject=f"Zebra {n}").pk for n in range(5)]
    client, where, pages = browser(cast.anna), f"{reverse('console:search')}?q=zebra", []
    while where:
        answer = client.get(where)
        pages.append([int(one) for one in re.findall(r'data-row="(\d+)"', answer.content.decode())])
        assert "The newest tickets first" in answer.content.decode()
        where = answer.context["later"]
    assert pages == [made[:2:-1], made[2:0:-1], made[:1]]
    beyond = client.get(f"{reverse('console:search')}?q=zebra&mark={made[0]}").content.decode()
    assert "There is nothing further" in beyond
    assert client.get(f"{reverse('console:search')}?q=zebra&mark=nonsense").status_code == 200
