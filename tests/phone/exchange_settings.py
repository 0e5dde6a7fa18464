"""What the Asterisk of the tests is told, and how the telephones around it behave. Only text."""

MODULES = (
    *("res_sorcery_config", "res_sorcery_memory", "res_sorcery_astdb", "res_timing_timerfd", "res_rtp_asterisk"),
    *("res_pjproject", "res_pjsip", "res_pjsip_session", "res_pjsip_sdp_rtp", "res_pjsip_caller_id"),
    *("res_pjsip_endpoint_identifier_ip", "res_pjsip_endpoint_identifier_user", "res_pjsip_dtmf_info"),
    *(
        "res_pjsip_rfc3326",
        "res_pjsip_pubsub",
        "res_http_websocket",
        "res_pjsip_outbound_publish",
        "res_musiconhold",
        "res_curl",
        "chan_pjsip",
        "codec_alaw",
        "codec_ulaw",
        "format_wav",
    ),
    *("format_gsm", "codec_gsm", "bridge_simple", "bridge_native_rtp", "bridge_softmix", "bridge_builtin_features"),
    *("pbx_config", "app_dial", "app_queue", "app_stack", "app_exec", "app_mixmonitor", "app_verbose", "app_playback"),
    *("func_curl", "func_uri", "func_channel", "func_callerid", "func_cdr", "func_strings", "func_logic"),
)

WORDS = {
    "asterisk.conf": """
[directories]
astetcdir => {folder}/etc
astmoddir => {modules}
astvarlibdir => {folder}/lib
astdbdir => {folder}/db
astkeydir => {folder}/keys
astdatadir => {root}/usr/share/asterisk
astagidir => {folder}/lib
astspooldir => {folder}/spool
astrundir => {short}
astlogdir => {folder}/log
[options]
documentation_language = en_US
""",
    "logger.conf": "[logfiles]\nmessages => notice,warning,error\n",
    "manager.conf": """
[general]
enabled = yes
bindaddr = 127.0.0.1
port = {manager}
[{login}]
secret = {password}
read = call,agent,dialplan,system
write = call,agent,originate,reporting
""",
    "pjsip.conf": """
[transport]
type = transport
protocol = udp
bind = 127.0.0.1:{sip}

[desk](!)
type = endpoint
context = outgoing
disallow = all
allow = alaw
direct_media = no
media_address = 127.0.0.1
bind_rtp_to_media_address = yes

[101](desk)
aors = 101
callerid = 101
[101]
type = aor
contact = sip:101@127.0.0.2:{desk_phone}

[trunk](desk)
context = incoming
aors = trunk
[trunk]
type = aor
contact = sip:127.0.0.3:{customer_phone}
[trunk]
type = identify
endpoint = trunk
match = 127.0.0.3
""",
    "queues.conf": """
[general]
persistentmembers = no
[support]
strategy = ringall
timeout = 30
member => PJSIP/101
""",
    "extensions.conf": """
[incoming]
exten => _X.,1,NoOp(rings)
 same => n,Set(CHANNEL(hangup_handler_push)=opora-hangup,s,1)
 same => n,Gosub(opora,s,1(newCall,in,${{CALLERID(num)}},${{EXTEN}},))
 same => n,MixMonitor({folder}/spool/${{CHANNEL(linkedid)}}.wav,b)
 same => n,Queue(support,r,,,30,,opora-answer)
 same => n,Hangup()

[outgoing]
exten => _X.,1,Dial(PJSIP/trunk/sip:${{EXTEN}}@127.0.0.3:{customer_phone},30)
 same => n,Hangup()
exten => _+X.,1,Dial(PJSIP/trunk/sip:${{EXTEN}}@127.0.0.3:{customer_phone},30)
 same => n,Hangup()

[opora]
exten => s,1,ExecIf($["{hook}" = ""]?Return())
 same => n,Set(CURLOPT(conntimeout)=2)
 same => n,Set(CURLOPT(httptimeout)=3)
 same => n,Set(words=event=${{ARG1}}&direction=${{ARG2}}&from=${{URIENCODE(${{ARG3}})}}&to=${{URIENCODE(${{ARG4}})}})
 same => n,Set(words=${{words}}&callId=${{URIENCODE(${{CHANNEL(linkedid)}})}}&user=${{URIENCODE(${{ARG5}})}})
 same => n,Set(words=${{words}}&cause=${{HANGUPCAUSE}})
 same => n,Set(answer=${{CURL({hook},${{words}})}})
 same => n,Return()

[opora-answer]
exten => s,1,Gosub(opora,s,1(answer,in,${{CONNECTEDLINE(num)}},,${{CHANNEL(endpoint)}}))
 same => n,Return()

[opora-hangup]
exten => s,1,Gosub(opora,s,1(hangup,in,${{CALLERID(num)}},,))
 same => n,Return()
""",
    "rtp.conf": "[general]\n",
    "cdr.conf": "[general]\nenable = yes\n",
    "musiconhold.conf": "",
    "features.conf": "",
    "acl.conf": "",
    "udptl.conf": "",
    "ccss.conf": "",
    "cel.conf": "",
    "indications.conf": "",
    "codecs.conf": "",
    "sorcery.conf": "",
    "cli.conf": "",
    "extconfig.conf": "",
    "pjproject.conf": "",
    "res_curl.conf": "",
    "http.conf": "[general]\nenabled = no\n",
    "queuerules.conf": "",
    "stasis.conf": "",
    "dnsmgr.conf": "",
    "cli_permissions.conf": "",
    "cli_aliases.conf": "",
}

_SDP = """
      Content-Type: application/sdp
      Content-Length: [len]

      v=0
      o=user1 53655765 2353687637 IN IP[local_ip_type] [local_ip]
      s=-
      c=IN IP[media_ip_type] [media_ip]
      t=0 0
      m=audio [media_port] RTP/AVP 8
      a=rtpmap:8 PCMA/8000
"""

_INVITE = (
    """
  <send retrans="500"><![CDATA[
      INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: <sip:[number]@[local_ip]:[local_port]>;tag=[pid]SIPpTag00[call_number]
      To: <sip:[service]@[remote_ip]:[remote_port]>
      Call-ID: [call_id]
      CSeq: 1 INVITE
      Contact: <sip:[number]@[local_ip]:[local_port]>
      Max-Forwards: 70"""
    + _SDP
    + """
  ]]></send>
  <recv response="100" optional="true"/>
  <recv response="180"/>
"""
)


def _later(method: str, cseq: str, to: str, branch: str = "[branch]") -> str:
    return f"""
  <send{' retrans="500"' if method in ("BYE", "CANCEL") else ""}><![CDATA[
      {method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}
      From: <sip:[number]@[local_ip]:[local_port]>;tag=[pid]SIPpTag00[call_number]
      To: <sip:[service]@[remote_ip]:[remote_port]>{to}
      Call-ID: [call_id]
      CSeq: {cseq}
      Max-Forwards: 70
      Content-Length: 0

  ]]></send>
"""


def _answer(line: str, body: str) -> str:
    return f"""
  <send{' retrans="500"' if line.startswith("200 OK with") else ""}><![CDATA[
      SIP/2.0 {line.partition(" with")[0]}
      [last_Via:]
      [last_From:]
      [last_To:];tag=[pid]SIPpTag01[call_number]
      [last_Call-ID:]
      [last_CSeq:]
      Contact: <sip:[local_ip]:[local_port];transport=[transport]>{body}
  ]]></send>
"""


def _gone() -> str:
    """The answer to the call itself, when it was taken back."""
    return _answer("487 Request Terminated", _EMPTY).replace("[last_CSeq:]", "CSeq: [$cseq] INVITE")


_EMPTY = "\n      Content-Length: 0\n\n"


def _scenario(*steps: str) -> str:
    return '<?xml version="1.0" encoding="UTF-8"?>\n<scenario>' + "".join(steps) + "</scenario>\n"


_RECV_AND_NOTE = """
  <recv request="INVITE" crlf="true"><action>
    <ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="cseq"/>
  </action></recv>
"""

_RECV_AND_NOTE_ALL = (
    '<recv request="INVITE" crlf="true"><action>'
    + "".join(
        f'<ereg regexp=".*" search_in="hdr" header="{name}:" assign_to="{name.lower()}"/>'
        for name in ("Via", "From", "To", "CSeq")
    )
    + '<log message="[call_id]"/></action></recv>'
)

_PICKED_UP = f"""
  <send retrans="500"><![CDATA[
      SIP/2.0 200 OK
      Via:[$via]
      From:[$from]
      To:[$to];tag=[pid]SIPpTag01[call_number]
      [last_Call-ID:]
      CSeq:[$cseq]
      Contact: <sip:[local_ip]:[local_port];transport=[transport]>{_SDP}
  ]]></send>
"""

RING = {
    "stays": _scenario(
        _INVITE,
        '<recv response="200" rtd="true"/>',
        _later("ACK", "1 ACK", "[peer_tag_param]"),
        '<recv request="BYE"/>',
        _answer("200 OK", _EMPTY).replace(";tag=[pid]SIPpTag01[call_number]", ""),
    ),
    "waits": _scenario(
        _RECV_AND_NOTE_ALL,
        _answer("180 Ringing", _EMPTY),
        '<recv request="INFO"/>',
        _PICKED_UP,
        '<recv request="ACK" crlf="true"/><recv request="BYE"/>',
        _answer("200 OK", _EMPTY),
    ),
    "calls": _scenario(
        _INVITE,
        '<recv response="200" rtd="true"/>',
        _later("ACK", "1 ACK", "[peer_tag_param]"),
        "<pause/>",
        _later("BYE", "2 BYE", "[peer_tag_param]"),
        '<recv response="200"/>',
    ),
    "gives_up": _scenario(
        _INVITE,
        "<pause/>",
        _later("CANCEL", "1 CANCEL", "", "[branch-4]"),
        '<recv response="200"/><recv response="487"/>',
        _later("ACK", "1 ACK", "[peer_tag_param]", "[branch-7]"),
    ),
    "picks_up": _scenario(
        '<recv request="INVITE" crlf="true"/>',
        _answer("180 Ringing", _EMPTY),
        "<pause/>",
        _answer("200 OK with words", _SDP),
        '<recv request="ACK" crlf="true"/><recv request="BYE"/>',
        _answer("200 OK", _EMPTY),
    ),
    "rings": _scenario(
        _RECV_AND_NOTE,
        _answer("180 Ringing", _EMPTY),
        '<recv request="CANCEL"/>',
        _answer("200 OK", _EMPTY),
        _gone(),
        '<recv request="ACK"/>',
    ),
}
