"""Each preset with requests written after its maker's documentation: a whole call, its proof, its answer."""

import base64
import hashlib
import hmac
import json
from urllib.parse import quote, urlencode

import pytest

from opora.desk.channels.phone.parsing import PRESETS, Unreadable, is_proved, read_call
from opora.desk.channels.phone.parsing.presets import PATH
from opora.desk.channels.phone.parsing.reading import CallWord, read_fields

FORM = "application/x-www-form-urlencoded"


def read(preset: str, body: object, *, kind: str = FORM) -> CallWord:
    raw = json.dumps(body) if kind != FORM else urlencode(body, doseq=True)  # type: ignore[arg-type]
    found = read_at(preset, raw, kind=kind)
    assert found is not None
    return found


def read_at(preset: str, raw: str, *, kind: str = FORM, rest: str = "") -> CallWord | None:
    return read_call(read_fields(raw.encode(), kind) | {PATH: [rest]}, PRESETS[preset], "RU")


def mango(state: str, **more: object) -> dict[str, str]:
    told = {
        "entry_id": "E1",
        "call_id": "C1",
        "call_state": state,
        "from": {"number": "79161234567"},
        "to": {"extension": "101", "number": "74951234567", "line_number": "74951234567"},
    } | more
    return {"vpbx_api_key": "K", "sign": "S", "json": json.dumps(told)}


def megafon(kind: str, **more: str) -> dict[str, str]:
    said = {"cmd": "event", "type": kind, "phone": "79161234567", "telnum": "74951234567", "ext": "101", "callid": "C1"}
    return said | {"crm_token": "T"} | more


def zadarma(event: str, **more: str) -> dict[str, str]:
    said = {"event": event, "pbx_call_id": "C1", "caller_id": "+79161234567", "called_did": "74951234567"}
    return said | {"call_start": "2026-09-14 10:00:00", "internal": "101"} | more


def sipuni(event: str, **more: str) -> dict[str, str]:
    return {"event": event, "call_id": "C1", "src_num": "79161234567", "dst_num": "101", "short_dst_num": "101"} | more


GENERIC = {"from": "79161234567", "to": "74951234567", "direction": "in", "callId": "C1", "user": ["101"]}
UIS = {
    "call_session_id": "C1",
    "contact_phone_number": "79161234567",
    "virtual_phone_number": "74951234567",
    "user": "101",
}

WHOLE_CALLS = [
    ("generic", [GENERIC | {"event": "newCall"}, GENERIC | {"event": "answer"}, GENERIC | {"event": "hangup"}]),
    (
        "sipgate",
        [
            {
                "event": one,
                "from": "79161234567",
                "to": "74951234567",
                "direction": "in",
                "xcid": "C1",
                "user[]": ["101"],
            }
            for one in ("newCall", "answer", "hangup")
        ],
    ),
    ("mango", [mango("Appeared"), mango("Connected"), mango("events/summary", entry_result=1)]),
    ("uis", [UIS | {"event": "newCall"}, UIS | {"event": "answer"}, UIS | {"event": "hangup"}]),
    ("zadarma", [zadarma("NOTIFY_START"), zadarma("NOTIFY_ANSWER"), zadarma("NOTIFY_END", disposition="answered")]),
    ("sipuni", [sipuni("1"), sipuni("3"), sipuni("2", status="ANSWER")]),
    ("megafon", [megafon("INCOMING"), megafon("ACCEPTED"), megafon("COMPLETED")]),
]


@pytest.mark.parametrize(("preset", "bodies"), WHOLE_CALLS, ids=[one[0] for one in WHOLE_CALLS])
def test_it_reads_a_whole_call(preset: str, bodies: list[dict[str, object]]) -> None:
    words = [read(preset, body) for body in bodies]
    assert [one.phase for one in words] == ["ringing", "answered", "ended"]
    assert {(one.caller, one.outgoing) for one in words} == {("+79161234567", False)}
    assert len({one.call for one in words}) == 1
    assert words[1].people == ("101",)


@pytest.mark.parametrize(
    ("kind", "answered", "outgoing"), [("Inbound", True, False), ("Missed", False, False), ("Outbound", True, True)]
)
def test_it_reads_the_journal_of_3cx(kind: str, answered: bool, outgoing: bool) -> None:
    said = {"CallType": kind, "CallId": "C1", "Number": "+79161234567", "Agent": "101", "Duration": "00:01:15"}
    word = read("3cx", said, kind="application/json")
    assert (word.phase, word.answered, word.outgoing, word.seconds) == ("ended", answered, outgoing, 75)


def test_it_reads_json_as_well_as_a_form() -> None:
    assert read("generic", GENERIC | {"event": "answer"}, kind="application/json") == read(
        "generic", GENERIC | {"event": "answer"}
    )


def test_it_takes_an_unescaped_plus_for_what_it_was() -> None:
    """A dialplan that does not escape sends `from=+7495...`, which a form reads as a blank."""
    fields = read_fields(b"event=newCall&callId=C1&from=+74951234567&to=+74957654321&direction=in", FORM)
    word = read_call(fields, PRESETS["generic"], "US")
    assert word is not None
    assert (word.caller, word.called) == ("+74951234567", "+74957654321")


def test_it_keeps_an_anonymous_caller_as_no_number() -> None:
    word = read("generic", GENERIC | {"event": "newCall", "from": "anonymous"})
    assert (word.caller, word.caller_written) == ("", "anonymous")


def test_it_passes_over_what_is_of_no_interest() -> None:
    fields = read_fields(urlencode(mango("OnHold")).encode(), FORM)
    assert read_call(fields, PRESETS["mango"], "RU") is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", FORM),
        (b"{", "application/json"),
        (b"[1]", "application/json"),
        (b"event=newCall", FORM),
        (b"event=explode&callId=1", FORM),
        (b"\xff\xfe\x00", FORM),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "application/json"),
        (b"x" * 70_000, FORM),
    ],
    ids=["nothing", "half", "a list", "no call", "unknown", "no text", "too deep", "too large"],
)
def test_it_says_what_it_cannot_read(body: bytes, kind: str) -> None:
    with pytest.raises(Unreadable):
        read_call(read_fields(body, kind), PRESETS["generic"], "RU")


def test_it_believes_mango_by_its_signature() -> None:
    body = mango("Appeared")
    body["sign"] = hashlib.sha256(f"K{body['json']}salt".encode()).hexdigest()
    fields = read_fields(urlencode(body).encode(), FORM)
    assert is_proved(fields, {}, PRESETS["mango"], "salt")
    assert not is_proved(fields, {}, PRESETS["mango"], "other")
    assert not is_proved(fields, {}, PRESETS["mango"], "")


def test_it_believes_zadarma_by_its_signature() -> None:
    body = zadarma("NOTIFY_START")
    digest = hmac.new(b"secret", (body["caller_id"] + body["called_did"] + body["call_start"]).encode(), hashlib.sha1)
    headers = {"signature": base64.b64encode(digest.hexdigest().encode()).decode()}
    fields = read_fields(urlencode(body).encode(), FORM)
    assert is_proved(fields, headers, PRESETS["zadarma"], "secret")
    assert not is_proved(fields, {}, PRESETS["zadarma"], "secret")
    tampered = read_fields(urlencode(body | {"caller_id": "+79990000000"}).encode(), FORM)
    assert not is_proved(tampered, headers, PRESETS["zadarma"], "secret")


def test_it_believes_megafon_by_its_token() -> None:
    fields = read_fields(urlencode(megafon("INCOMING")).encode(), FORM)
    assert is_proved(fields, {}, PRESETS["megafon"], "T")
    assert not is_proved(fields, {}, PRESETS["megafon"], "U")


def test_it_does_not_take_an_outside_number_for_a_colleague() -> None:
    word = read(
        "generic", GENERIC | {"event": "answer", "user": ["101", "+79160000000", "vera", "vera@provider.example"]}
    )
    assert word.people == ("101", "vera", "vera@provider.example")


def test_it_reads_what_stands_in_the_address_too() -> None:
    fields = read_fields(b"", FORM, f"event=1&call_id=C1&src_num={quote('+79161234567')}&dst_num=101")
    word = read_call(fields, PRESETS["sipuni"], "RU")
    assert word is not None
    assert word.caller == "+79161234567"


def test_it_ends_no_call_of_mango_when_one_of_several_telephones_is_left() -> None:
    """Trap: in a group every telephone that was rung disconnects by itself; the summary ends the call."""
    assert read_at("mango", urlencode(mango("Disconnected")), rest="events/call") is None
    told = {"entry_id": "E1", "entry_result": 0, "from": {"number": "79161234567"}, "to": {"number": "74951234567"}}
    body = urlencode({"vpbx_api_key": "K", "sign": "S", "json": json.dumps(told)})
    word = read_at("mango", body, rest="events/summary")
    assert word is not None
    assert (word.call, word.phase, word.answered) == ("E1", "ended", False)


def test_it_takes_a_call_of_mango_that_we_make_for_no_incoming_one() -> None:
    """Trap: no event of a call names its direction; only calls we make come from an extension."""
    out = mango(
        "Appeared",
        **{
            "from": {"extension": "101", "number": "sip:vera@vpbx"},
            "to": {"number": "79161234567", "line_number": "7495"},
        },
    )
    word = read("mango", out)
    assert (word.outgoing, word.called, word.people) == (True, "+79161234567", ("101",))


def test_it_ends_no_call_of_megafon_when_another_telephone_answered() -> None:
    """Trap: CANCELLED comes to everybody in a group whose telephone another one answered; history closes the call."""
    assert read_at("megafon", urlencode(megafon("CANCELLED"))) is None
    history = {"cmd": "history", "type": "in", "status": "Missed", "phone": "79161234567", "callid": "C1"}
    word = read("megafon", history | {"ext": "101", "link": "", "duration": "0"})
    assert (word.phase, word.answered, word.outgoing) == ("ended", False, False)
    word = read("megafon", history | {"type": "out", "status": "Success", "link": "https://rec.example/1.mp3"})
    assert (word.answered, word.outgoing, word.recording) == (True, True, "https://rec.example/1.mp3")


def test_it_passes_over_what_megafon_asks_about_a_contact() -> None:
    """Trap: a question about the caller names no call; it is no mistake. It is answered before anything is read as one."""
    assert read_at("megafon", "cmd=contact&phone=79161234567&callid=C1&crm_token=T") is None


def test_it_knows_by_zadarmas_end_that_a_call_was_answered_though_the_answer_was_lost() -> None:
    assert read("zadarma", zadarma("NOTIFY_END", disposition="answered")).answered is True
    assert read("zadarma", zadarma("NOTIFY_END", disposition="no answer")).answered is False


def test_it_ends_a_call_of_sipuni_by_its_own_end_only() -> None:
    """Trap: event 4 ends one of the telephones that were rung."""
    assert read_at("sipuni", urlencode(sipuni("4"))) is None
    assert read_at("sipuni", urlencode(sipuni("1", is_inner_call="1"))) is None


def test_it_hears_that_a_call_goes_out_where_nothing_says_so() -> None:
    """Trap: Sipuni and UIS templates name no direction; a call from an extension to a number is one of ours."""
    word = read("sipuni", sipuni("1", src_num="101", dst_num="79161234567", short_dst_num=""))
    assert (word.outgoing, word.called, word.people) == (True, "+79161234567", ("101",))


def test_it_makes_sipgate_tell_of_answers_and_ends_too() -> None:
    """Trap: sipgate tells of them only when the answer to the new call asks for it, by whole addresses."""
    answer = PRESETS["sipgate"].answer.replace("{here}", "https://desk.example/hooks/cti/T")
    assert 'onAnswer="https://desk.example/hooks/cti/T"' in answer
    assert 'onHangup="https://desk.example/hooks/cti/T"' in answer


def test_it_thanks_sipuni_in_its_own_words() -> None:
    """Trap: without them Sipuni may stop sending."""
    assert json.loads(PRESETS["sipuni"].answer) == {"success": True}
