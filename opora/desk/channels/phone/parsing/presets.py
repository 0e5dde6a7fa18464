"""What each kind of exchange says, as data: where its words stand, what they mean, how it proves itself, what it wants to hear.

Written from the makers' documentation. A preset holds no code: adding an exchange is adding an entry.
"""

from dataclasses import dataclass, field

PATH = "/"
"""Where the rest of the address stands among the fields: some exchanges say there what they tell."""
RINGING, ANSWERED, ENDED, RECORDED, IGNORED = "ringing", "answered", "ended", "recorded", "ignored"


@dataclass(frozen=True, slots=True)
class Proof:
    """How a request proves itself beyond the secret address: nothing, a field, or a signature over fields.

    `plain`: `place` holds the secret. `sha256`: `place` = SHA-256 of key + `over[0]` + secret. `hmac_sha1`: `header` =
    base64 of the hex HMAC-SHA-1, under the secret, of the fields that `by_event` lists for the event.
    """

    kind: str = ""
    place: str = ""
    key_field: str = ""
    over: tuple[str, ...] = ()
    header: str = ""
    by_event: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lookup:
    """How an exchange asks who a number is: by the field `mark` (of that value, if any), the number in another; its answer.

    `card` names its words and ours: name, first, last, company, number. `within`: the list that holds the card, if one does.
    """

    mark: str = ""
    value: str = ""
    number: str = ""
    card: dict[str, str] = field(default_factory=dict)
    within: str = ""


@dataclass(frozen=True, slots=True)
class Preset:
    """One kind of exchange. Fields are looked for in order; `phases` translates its words, the first that it knows counts.

    `outgoing`, `outgoing_events`, `outgoing_by` tell by a value, an event, or a field that only calls of ours have. Of those,
    `called_by_us` and `people_by_us` say where number and colleague stand. `among_us`: fields that are "1" in inner calls.
    """

    title: str
    phases: dict[str, str]
    event: tuple[str, ...] = ("event",)
    call: tuple[str, ...] = ("callId",)
    caller: tuple[str, ...] = ("from",)
    called: tuple[str, ...] = ("to",)
    direction: tuple[str, ...] = ("direction",)
    people: tuple[str, ...] = ("answeringNumber", "user", "user[]")
    queue: tuple[str, ...] = ("queue",)
    cause: tuple[str, ...] = ("cause",)
    recording: tuple[str, ...] = ("recording_url",)
    duration: tuple[str, ...] = ("duration",)
    inner_json: str = ""
    outgoing: frozenset[str] = frozenset({"out", "outgoing", "2"})
    outgoing_events: frozenset[str] = frozenset()
    outgoing_by: tuple[str, ...] = ()
    called_by_us: tuple[str, ...] = ()
    people_by_us: tuple[str, ...] = ()
    among_us: tuple[str, ...] = ()
    proof: Proof = Proof()
    answer: str = "{}"
    answer_type: str = "application/json"
    echo: str = ""
    answered_by_status: tuple[str, ...] = ()
    lookup: Lookup = Lookup()


PRESETS: dict[str, Preset] = {
    "generic": Preset(
        title="Generic CTI (newCall, answer, hangup)",
        phases={"newCall": RINGING, "answer": ANSWERED, "hangup": ENDED},
    ),
    "asterisk": Preset(
        title="Asterisk, FreePBX",
        phases={"newCall": RINGING, "answer": ANSWERED, "hangup": ENDED},
    ),
    "sipgate": Preset(
        title="sipgate.io, Placetel",
        phases={"newCall": RINGING, "answer": ANSWERED, "hangup": ENDED, "accept": ANSWERED},
        call=("xcid", "callId", "call_id"),
        people=("answeringNumber", "user", "user[]", "fullUserId", "fullUserId[]", "peer"),
        answer='<?xml version="1.0" encoding="UTF-8"?><Response onAnswer="{here}" onHangup="{here}"/>',
        answer_type="application/xml",
    ),
    "mango": Preset(
        title="Mango Office",
        # Every telephone that is rung disconnects by itself, also when another one answered: only the summary ends a call.
        phases={
            "Appeared": RINGING,
            "OnHold": IGNORED,
            "Connected": ANSWERED,
            "Disconnected": IGNORED,
            "events/summary": ENDED,
            "events/recording": IGNORED,
            "events/dtmf": IGNORED,
            "ping": IGNORED,
        },
        event=("call_state", PATH),
        call=("entry_id", "call_id"),
        caller=("from.number",),
        called=("to.line_number", "to.number"),
        direction=("call_direction",),
        people=("to.extension", "to.acd_group"),
        cause=("entry_result", "disconnect_reason"),
        answered_by_status=("1",),
        outgoing=frozenset({"2"}),
        outgoing_by=("from.extension",),
        called_by_us=("to.number",),
        people_by_us=("from.extension",),
        inner_json="json",
        proof=Proof("sha256", place="sign", key_field="vpbx_api_key", over=("json",)),
    ),
    "uis": Preset(
        title="UIS, CoMagic",
        phases={"newCall": RINGING, "answer": ANSWERED, "hangup": ENDED, "lost": ENDED, "recorded": RECORDED},
        event=("event", "notification_name"),
        call=("call_session_id", "callId"),
        caller=("contact_phone_number", "from"),
        called=("virtual_phone_number", "to"),
        people=("employee_extension", "extension_phone_number", "user"),
        recording=("full_record_file_link", "record_file_link"),
        duration=("talk_time_duration", "duration"),
    ),
    "zadarma": Preset(
        title="Zadarma, Novofon",
        phases={
            "NOTIFY_START": RINGING,
            "NOTIFY_INTERNAL": RINGING,
            "NOTIFY_ANSWER": ANSWERED,
            "NOTIFY_END": ENDED,
            "NOTIFY_OUT_START": RINGING,
            "NOTIFY_OUT_END": ENDED,
            "NOTIFY_RECORD": RECORDED,
        },
        call=("pbx_call_id",),
        caller=("caller_id",),
        called=("called_did", "destination"),
        people=("internal",),
        cause=("disposition",),
        answered_by_status=("answered",),
        recording=("call_id_with_rec",),
        outgoing_events=frozenset({"NOTIFY_OUT_START", "NOTIFY_OUT_END"}),
        proof=Proof(
            "hmac_sha1",
            header="Signature",
            by_event={
                "NOTIFY_START": ("caller_id", "called_did", "call_start"),
                "NOTIFY_INTERNAL": ("caller_id", "called_did", "call_start"),
                "NOTIFY_ANSWER": ("caller_id", "destination", "call_start"),
                "NOTIFY_END": ("caller_id", "called_did", "call_start"),
                "NOTIFY_OUT_START": ("internal", "destination", "call_start"),
                "NOTIFY_OUT_END": ("internal", "destination", "call_start"),
                "NOTIFY_RECORD": ("pbx_call_id", "call_id_with_rec"),
            },
        ),
        echo="zd_echo",
    ),
    "sipuni": Preset(
        title="Sipuni",
        # 4 ends one of several telephones that were rung; 2 ends the call.
        phases={"1": RINGING, "2": ENDED, "3": ANSWERED, "4": IGNORED},
        among_us=("is_inner_call",),
        call=("call_id",),
        caller=("src_num",),
        called=("dst_num",),
        people=("short_dst_num", "dst_num"),
        cause=("status",),
        recording=("call_record_link",),
        answer='{"success": true}',
        answered_by_status=("ANSWER",),
    ),
    "megafon": Preset(
        title="MegaFon-type cloud exchanges",
        # In a group CANCELLED comes to all whose telephone another one answered: `history`, which closes each call, ends it.
        phases={
            "INCOMING": RINGING,
            "ACCEPTED": ANSWERED,
            "COMPLETED": ENDED,
            "CANCELLED": IGNORED,
            "TRANSFERRED": IGNORED,
            "OUTGOING": RINGING,
            "history": ENDED,
            "contact": IGNORED,
        },
        event=("cmd", "type"),
        direction=("type",),
        call=("callid",),
        caller=("phone",),
        called=("telnum", "diversion"),
        people=("ext", "user"),
        recording=("link",),
        cause=("status",),
        answered_by_status=("Success", "success"),
        outgoing_events=frozenset({"OUTGOING"}),
        lookup=Lookup("cmd", "contact", "phone", {"contact_name": "name"}),
        proof=Proof("plain", place="crm_token"),
    ),
    "3cx": Preset(
        title="3CX (call journal)",
        phases={"Inbound": ENDED, "Missed": ENDED, "Outbound": ENDED, "Notanswered": ENDED},
        event=("CallType",),
        call=("CallId", "callId"),
        caller=("Number",),
        called=("DID", "Line"),
        people=("Agent",),
        duration=("Duration",),
        recording=("RecordingUrl",),
        outgoing_events=frozenset({"Outbound", "Notanswered"}),
        answered_by_status=("Inbound", "Outbound"),
        cause=("CallType",),
        lookup=Lookup(
            mark="lookup",
            number="lookup",
            card={"firstname": "first", "lastname": "last", "company": "company", "phone": "number"},
            within="contacts",
        ),
    ),
}
