"""What an open page hears: its own topics, only what its person may see, nothing lost over a break."""

import asyncio

import pytest

from opora.config.live import streams as streams_module
from opora.desk.kernel import clock
from opora.desk.people.models import Staff
from opora.desk.tickets import actions as tickets
from opora.desk.tickets.rules import Known
from opora.desk.web.components.doors import NEWCOMER_KEY
from tests.live.conftest import session_of

WORDS = "Which plan are you on?"


@pytest.fixture
def ticket(cast, monday):
    return cast.write(cast.clara, monday)


def reply(ticket, by):
    return lambda: tickets.reply(ticket, by=by, text=WORDS, at=clock.now())


def note(ticket, by):
    return lambda: tickets.note(ticket, by=by.actor, text="She is on the small plan.", at=clock.now())


def test_a_stranger_is_sent_to_sign_in(on_stage):
    async def scene(stage):
        assert (await stage.open("", "desk")).status == 401
        assert (await stage.open("no-such-session", "desk")).status == 401

    on_stage(scene)


def test_a_colleague_without_the_second_factor_hears_nothing(on_stage, cast):
    key = session_of(cast.anna.account)
    from django.contrib.sessions.middleware import SessionMiddleware

    session = SessionMiddleware(lambda _: None).SessionStore(key)
    session[NEWCOMER_KEY] = True
    session.save()

    async def scene(stage):
        assert (await stage.open(key, "desk")).status == 401

    on_stage(scene)


def test_a_colleague_hears_what_happens_in_a_ticket(on_stage, cast, ticket):
    session = session_of(cast.anna.account)

    async def scene(stage):
        tab = await stage.open(session, f"ticket:{ticket.pk}")
        hello = await tab.wait("hello")
        assert hello.facts["topics"] == [f"ticket:{ticket.pk}"]
        await stage.do(reply(ticket, cast.boris))
        change = await tab.wait("change", where=lambda facts: facts["name"] == "tickets.replied")
        assert change.facts["ticket"] == ticket.pk
        assert change.facts["by"] == f"staff:{cast.boris.pk}"
        assert WORDS not in repr(tab.events) + repr(change)

    on_stage(scene)


def test_it_hears_on_every_topic_the_ticket_belongs_to_and_just_belonged_to(on_stage, cast, ticket):
    topics = [
        f"line:{cast.first.pk}",
        f"line:{cast.second.pk}",
        f"staff:{cast.anna.pk}",
        f"org:{cast.bakery.pk}",
        "desk",
    ]
    session = session_of(cast.oleg.account)

    async def scene(stage):
        tabs = {topic: await stage.open(session, topic) for topic in topics}
        await stage.do(lambda: tickets.take(ticket, by=cast.anna, at=clock.now()))
        for topic in (f"staff:{cast.anna.pk}", f"org:{cast.bakery.pk}", "desk", f"line:{cast.first.pk}"):
            await tabs[topic].wait("change", where=lambda facts: facts["name"] == "tickets.assigned")
        await stage.do(
            lambda: tickets.hand_up(
                ticket, by=cast.anna, at=clock.now(), known=Known("It is slow.", "Restarted it.", "The disk.")
            )
        )
        for topic in (f"line:{cast.first.pk}", f"line:{cast.second.pk}"):
            await tabs[topic].wait("change", where=lambda facts: facts["name"] == "tickets.handed_over")

    on_stage(scene)


def test_a_customer_hears_only_that_its_ticket_changed_and_never_of_notes(on_stage, cast, ticket):
    session = session_of(cast.clara.account)

    async def scene(stage):
        tab = await stage.open(session, f"ticket:{ticket.pk},contact:{cast.clara.pk},org:{cast.bakery.pk}")
        assert "tab" not in (await tab.wait("hello")).facts
        await stage.do(note(ticket, cast.boris))
        await stage.do(reply(ticket, cast.boris))
        change = await tab.wait("change")
        assert change.facts == {"ticket": ticket.pk}
        heard = [event.facts for event in tab.events]
        assert heard == [{"ticket": ticket.pk}] * len(heard)

    on_stage(scene)


def test_a_note_makes_no_sound_on_the_customers_side(on_stage, cast, ticket):
    session = session_of(cast.clara.account)
    anna = session_of(cast.anna.account)

    async def scene(stage):
        hers = await stage.open(session, f"ticket:{ticket.pk}")
        ours = await stage.open(anna, f"ticket:{ticket.pk}")
        await stage.do(note(ticket, cast.boris))
        await ours.wait("change", where=lambda facts: facts["name"] == "tickets.noted")
        assert [event.name for event in hers.events] == ["hello"]

    on_stage(scene)


def test_dan_hears_nothing_of_claras_whatever_he_asks_for(on_stage, cast, ticket):
    dan, anna = session_of(cast.dan.account), session_of(cast.anna.account)
    asked = f"ticket:{ticket.pk},org:{cast.bakery.pk},contact:{cast.clara.pk},staff:{cast.anna.pk},line:{cast.first.pk},desk"

    async def scene(stage):
        his = await stage.open(dan, asked)
        ours = await stage.open(anna, "desk")
        assert (await his.wait("hello")).facts["topics"] == []
        await stage.do(reply(ticket, cast.boris))
        await ours.wait("change", where=lambda facts: facts["name"] == "tickets.replied")
        assert his.events == []

    on_stage(scene)


def test_a_colleague_of_clara_hears_by_role_only(on_stage, cast, ticket):
    carl, cleo, anna = (session_of(person.account) for person in (cast.carl, cast.cleo, cast.anna))

    async def scene(stage):
        technical = await stage.open(carl, f"org:{cast.bakery.pk},ticket:{ticket.pk}")
        billing = await stage.open(cleo, f"org:{cast.bakery.pk},ticket:{ticket.pk}")
        ours = await stage.open(anna, "desk")
        assert (await billing.wait("hello")).facts["topics"] == []
        await stage.do(reply(ticket, cast.boris))
        await technical.wait("change")
        await ours.wait("change", where=lambda facts: facts["name"] == "tickets.replied")
        assert billing.events == []

    on_stage(scene)


def test_who_lost_the_right_hears_no_more_on_an_open_stream(on_stage, cast, ticket):
    carl, anna = session_of(cast.carl.account), session_of(cast.anna.account)

    async def scene(stage):
        his = await stage.open(carl, f"ticket:{ticket.pk}")
        ours = await stage.open(anna, "desk")
        await his.wait("hello")

        def leave() -> None:
            cast.carl.roles = ["billing"]
            cast.carl.save(update_fields=["roles"])

        await stage.do(leave)
        await stage.do(reply(ticket, cast.boris))
        await ours.wait("change", where=lambda facts: facts["name"] == "tickets.replied")
        assert his.events == []

    on_stage(scene)


def test_nothing_is_lost_over_a_break(on_stage, cast, ticket):
    session = session_of(cast.anna.account)

    async def scene(stage):
        tab = await stage.open(session, f"ticket:{ticket.pk}")
        await stage.do(reply(ticket, cast.boris))
        last = await tab.wait("change", where=lambda facts: facts["name"] == "tickets.replied")
        await tab.close()
        await stage.do(note(ticket, cast.boris))
        again = await stage.open(session, f"ticket:{ticket.pk}", last=last.id)
        missed = await again.wait("change", where=lambda facts: facts["name"] == "tickets.noted")
        assert missed.id > ""
        assert "tickets.replied" not in [event.facts.get("name") for event in again.events]

    on_stage(scene)


def test_who_missed_too_much_is_told_to_load_anew(on_stage, cast, ticket, monkeypatch):
    monkeypatch.setattr(streams_module, "MOST_MISSED", 2)
    session = session_of(cast.anna.account)

    async def scene(stage):
        tab = await stage.open(session, f"ticket:{ticket.pk}")
        start = (await tab.wait("hello")).facts["at"]
        for _ in range(3):
            await stage.do(note(ticket, cast.boris))
            await tab.wait("change")
        again = await stage.open(session, f"ticket:{ticket.pk}", last=start)
        await again.wait("reload")

    on_stage(scene)


def test_a_stream_ends_soon_after_signing_out(on_stage, cast, monkeypatch):
    monkeypatch.setattr(streams_module, "BEAT", 0.05)
    key = session_of(cast.anna.account)

    async def scene(stage):
        from django.contrib.sessions.middleware import SessionMiddleware

        tab = await stage.open(key, "desk")
        await stage.do(lambda: SessionMiddleware(lambda _: None).SessionStore(key).delete())
        async with asyncio.timeout(10):
            await tab.task

    on_stage(scene)


def test_others_on_the_ticket_are_shown_and_go(on_stage, cast, ticket):
    anna, boris = session_of(cast.anna.account), session_of(cast.boris.account)

    async def scene(stage):
        hers, his = await stage.open(anna, f"ticket:{ticket.pk}"), await stage.open(boris, f"ticket:{ticket.pk}")
        token = (await his.wait("hello")).facts["tab"]
        assert await stage.say({"tab": token, "ticket": ticket.pk, "doing": "replying"}) == 204
        seen = await hers.wait("presence", where=lambda facts: bool(facts["people"]))
        assert seen.facts["people"] == [{"staff": cast.boris.pk, "name": cast.boris.name, "doing": "replying"}]
        assert all(not event.facts["people"] for event in his.events if event.name == "presence"), "not to himself"
        await his.close()
        await hers.wait("presence", where=lambda facts: not facts["people"])

    on_stage(scene)


@pytest.mark.parametrize(
    "body",
    [
        b"nonsense",
        b"[]",
        {"tab": "forged", "ticket": 1, "doing": "reading"},
        {"ticket": 1, "doing": "reading"},
        b"x" * 5000,
    ],
)
def test_presence_needs_a_token_of_ours(on_stage, body):
    async def scene(stage):
        assert await stage.say(body) == 400
        assert stage.streams.presence.take_unsent() == []

    on_stage(scene)


@pytest.mark.parametrize(
    "more", [{"doing": "dancing"}, {"ticket": "1"}, {"ticket": 0}, {"ticket": 2**63}, {"ticket": True}]
)
def test_presence_takes_only_what_makes_sense(on_stage, cast, more):
    session = session_of(cast.anna.account)

    async def scene(stage):
        token = (await (await stage.open(session, "desk")).wait("hello")).facts["tab"]
        assert await stage.say({"tab": token, "ticket": 1, "doing": "reading", **more}) == 400

    on_stage(scene)


def test_a_colleague_who_left_the_company_is_not_let_in(on_stage, cast):
    key = session_of(cast.anna.account)
    Staff.objects.filter(pk=cast.anna.pk).update(active=False)

    async def scene(stage):
        assert (await stage.open(key, "desk")).status == 401

    on_stage(scene)
