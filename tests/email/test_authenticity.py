"""Who really sent a letter: every forgery that was tried on others, and the honest letters beside them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opora.desk.channels.email.authenticity import judge, read_stamp
from opora.desk.channels.email.authenticity.checking import Travelled, check
from opora.desk.channels.email.authenticity.domains import aligned, clean_domain, organisational_domain
from tests.email.letters import letter
from tests.email.worlds import World, sign

BORDER = "mx.provider.example"
CLARA = "clara@bakery.example"


def verdict(*stamps: str, sender: str = CLARA, senders: int = 1) -> tuple[str, str]:
    """The verdict and its reason when our border stamped this."""
    claims = []
    for text in stamps:
        stamp = read_stamp(f"{BORDER}; {text}")
        claims += stamp.claims if stamp else []
    proof = judge(sender, senders, claims, by=BORDER)
    return proof.verdict, proof.why


def test_it_reads_a_stamp_with_comments_folds_and_quotes() -> None:
    stamp = read_stamp(
        'MX.Provider.example 1 (by; a (nested) "robot);\r\n dkim=pass (2048-bit; key) header.d=bakery.example'
        '\r\n\theader.i=@bakery.example header.b="a b;c=="; spf=Pass smtp.mailfrom="odd;one"@bakery.example ; dmarc = pass'
        " header.from=bakery.example"
    )
    assert stamp is not None and stamp.by == "mx.provider.example"
    assert [(claim.method, claim.result) for claim in stamp.claims] == [
        ("dkim", "pass"),
        ("spf", "pass"),
        ("dmarc", "pass"),
    ]
    assert stamp.claims[0].about["header.b"] == "a b;c=="
    assert stamp.claims[1].about["smtp.mailfrom"] == "odd;one@bakery.example"


@pytest.mark.parametrize(
    "value",
    [
        "",
        ";dkim=pass",
        "mx (never closed; dkim=pass",
        'mx; dkim=pass header.d="never closed',
        "mx; dkim",
        "mx; dkim=pass header.d=a.example header.d=bakery.example",
        "mx; dkim=pass stray",
        "mx 2; dkim=pass",
        "mx one two; dkim=pass",
        "mx; dkim=pa<ss",
        "mx;" + " dkim=pass;" * 60,
    ],
)
def test_it_believes_nothing_of_a_malformed_stamp(value: str) -> None:
    assert read_stamp(value) is None


@given(st.text(max_size=300))
def test_it_never_falls_over_a_stamp(value: str) -> None:
    stamp = read_stamp(value)
    assert stamp is None or stamp.by


def test_it_takes_our_borders_word_for_the_domain_in_from() -> None:
    assert verdict("dmarc=pass header.from=bakery.example") == ("pass", "dmarc")
    assert verdict("dmarc=none header.from=bakery.example; dkim=pass header.d=mail.bakery.example") == ("pass", "dkim")
    assert verdict("spf=pass smtp.mailfrom=bounce@news.bakery.example") == ("pass", "spf")
    assert verdict("dkim=pass header.i=@bakery.example") == ("pass", "dkim")


@pytest.mark.parametrize(
    "stamp",
    [
        "dkim=pass header.d=evil.example",
        "spf=pass smtp.mailfrom=evil.example",
        "dmarc=pass header.from=evil.example",
        "dmarc=pass",
        "dkim=pass header.from=bakery.example",
        "arc=pass header.d=bakery.example",
        "arc=pass (dkim=pass header.d=bakery.example)",
        "spf=pass smtp.helo=bakery.example",
        "dkim=pass smtp.mailfrom=bakery.example",
        "dkim=none; spf=softfail smtp.mailfrom=bakery.example",
        'spf=pass smtp.mailfrom="x dkim=pass header.d=bakery.example"@evil.example',
        "dmarc=temperror header.from=bakery.example; dkim=pass header.d=bakery.example",
        "dmarc=bestguesspass header.from=bakery.example",
    ],
)
def test_it_is_not_taken_in_by_a_pass_of_somebody_else(stamp: str) -> None:
    assert verdict(stamp)[0] == "unknown"


def test_it_calls_forged_what_the_owner_of_the_domain_calls_forged() -> None:
    proof = judge(
        CLARA,
        1,
        read_stamp(f"{BORDER}; dmarc=fail policy.dmarc=reject header.from=bakery.example").claims,  # type: ignore[union-attr]
        by=BORDER,
    )
    assert (proof.verdict, proof.policy, proof.domain) == ("fail", "reject", "bakery.example")


def test_it_believes_nobody_when_two_stamps_contradict_each_other() -> None:
    one, two = "dmarc=pass header.from=bakery.example", "dmarc=fail header.from=bakery.example"
    assert verdict(one, two) == ("unknown", "contradiction")


@pytest.mark.parametrize(("sender", "senders"), [(CLARA, 2), ("", 1), ("clara", 1), (CLARA, 0)])
def test_it_knows_no_identity_where_from_names_none_or_several(sender: str, senders: int) -> None:
    assert verdict("dmarc=pass header.from=bakery.example", sender=sender, senders=senders)[0] == "unknown"


def test_it_compares_domains_by_their_owner() -> None:
    assert organisational_domain("a.b.bakery.co.uk") == "bakery.co.uk"
    assert aligned("mail.bakery.co.uk", "bakery.co.uk") and not aligned("other.co.uk", "bakery.co.uk")
    assert not aligned("one.github.io", "two.github.io") and not aligned("co.uk", "bakery.co.uk")
    assert aligned(clean_domain("Пекарня.рф"), "xn--80ajmuifpm.xn--p1ai") or clean_domain("Пекарня.рф").startswith(
        "xn--"
    )
    assert clean_domain("evil.example\nbakery.example") == "" and clean_domain("..") == ""


def ourselves(raw: bytes, world: World, travelled: Travelled | None = None, sender: str = CLARA) -> tuple[str, str]:
    """The verdict of our own checks."""
    claims = check(raw, sender, travelled or Travelled(), world)
    proof = judge(sender, 1, claims, by="opora")
    return proof.verdict, proof.why


def test_it_checks_a_signature_itself() -> None:
    world = World().signs("bakery.example")
    raw = sign(letter(), "bakery.example")
    assert ourselves(raw, world) == ("pass", "dkim")
    assert ourselves(raw.replace(b"Hello", b"Hallo"), world)[0] == "unknown"
    assert ourselves(raw.replace(b"The shop is slow", b"Delete the shop!"), world)[0] == "unknown"
    assert ourselves(raw, World())[0] == "unknown"


def test_it_trusts_no_signature_of_another_domain_or_of_half_a_letter() -> None:
    world = World().signs("evil.example").signs("bakery.example")
    assert ourselves(sign(letter(), "evil.example"), world)[0] == "unknown"
    assert ourselves(sign(letter(), "bakery.example", length=True), world)[0] == "unknown"
    assert ourselves(sign(letter(), "bakery.example", headers=(b"from", b"to")), world)[0] == "unknown"


def test_it_calls_forged_what_fails_a_published_policy() -> None:
    world = World().publishes("_dmarc.bakery.example", "v=DMARC1; p=reject; adkim=s").signs("mail.bakery.example")
    assert ourselves(letter(), world) == ("fail", "dmarc")
    strict = sign(letter(), "mail.bakery.example")
    assert ourselves(strict, world) == ("fail", "dmarc")
    world.publishes("_dmarc.bakery.example", "v=DMARC1; p=reject")
    assert ourselves(strict, world) == ("pass", "dmarc")


def test_it_finds_the_policy_of_the_organisation_for_a_subdomain() -> None:
    world = World().publishes("_dmarc.bakery.example", "v=DMARC1; p=none; sp=quarantine")
    claims = check(letter(), "clara@shop.bakery.example", Travelled(), world)
    proof = judge("clara@shop.bakery.example", 1, claims, by="opora")
    assert (proof.verdict, proof.policy) == ("fail", "quarantine")


def test_it_checks_the_path_where_it_knows_who_gave_the_letter() -> None:
    world = World().publishes("bakery.example", "v=spf1 ip4:192.0.2.0/24 mx -all")
    world.records[("bakery.example", "MX")] = [(10, "mail.bakery.example")]
    world.records[("mail.bakery.example", "A")] = ["198.51.100.7"]
    for client in ("192.0.2.9", "198.51.100.7"):
        assert ourselves(letter(), world, Travelled(client, "mail.bakery.example", CLARA)) == ("pass", "spf")
    assert ourselves(letter(), world, Travelled("203.0.113.5", "mail.bakery.example", CLARA))[0] == "unknown"
    assert ourselves(letter(), world, Travelled("192.0.2.9", "x.example", "a@evil.example"))[0] == "unknown"
    assert ourselves(letter(), world)[0] == "unknown"


@pytest.mark.parametrize("away", ["s1._domainkey.bakery.example", "_dmarc.bakery.example"])
def test_it_cannot_tell_while_names_do_not_answer(away: str) -> None:
    world = World(away={away}).signs("bakery.example").publishes("_dmarc.bakery.example", "v=DMARC1; p=reject")
    assert ourselves(sign(letter(), "bakery.example"), world) == ("unknown", "not checked")


@given(st.binary(max_size=400))
def test_it_checks_any_octets(octets: bytes) -> None:
    claims = check(b"DKIM-Signature: " + octets + b"\r\n" + letter(), CLARA, Travelled(), World())
    assert all(claim.result != "pass" for claim in claims)
