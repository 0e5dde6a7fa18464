"""How a cloud exchange is asked to call: ring the colleague, then the number. Data for each kind; pure: facts in, a request out.

Written from the makers' documentation. Holes in the templates: extension, number (+7…), digits (7…), key (ours for this call),
login, password, basic (login:password for HTTP), context (what else the exchange wants to know: its own number).
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

type Template = str | bool | Mapping[str, "Template"]


@dataclass(frozen=True, slots=True)
class Calling:
    """One kind of exchange. `usual` is the address its maker gives; `agrees`: a field of the answer and what in it means yes."""

    usual: str
    fields: Mapping[str, Template]
    kind: str = "form"
    inside: str = ""
    sign: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    agrees: tuple[str, tuple[str, ...]] = ("", ())
    refuses: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to be sent. `body` is None for a GET."""

    url: str
    headers: dict[str, str]
    body: bytes | None


CALLING: dict[str, Calling] = {
    "mango": Calling(
        usual="https://app.mango-office.ru/vpbx/commands/callback",
        fields={"command_id": "{key}", "from": {"extension": "{extension}"}, "to_number": "{digits}"},
        inside="json",
        sign="mango",
        agrees=("result", ("1000",)),
    ),
    "uis": Calling(
        usual="https://callapi.uiscom.ru/v4.0",
        kind="json",
        fields={
            "jsonrpc": "2.0",
            "id": "{key}",
            "method": "start.employee_call",
            "params": {
                "access_token": "{password}",
                "first_call": "employee",
                "switch_at_once": True,
                "direction": "out",
                "external_id": "{key}",
                "virtual_phone_number": "{context}",
                "contact": "{digits}",
                "employee": {"id": "{login}", "phone_number": "{extension}"},
            },
        },
        refuses="error",
    ),
    "zadarma": Calling(
        usual="https://api.zadarma.com/v1/request/callback/",
        kind="query",
        fields={"from": "{extension}", "to": "{digits}"},
        sign="zadarma",
        agrees=("status", ("success",)),
    ),
    "sipuni": Calling(
        usual="https://sipuni.com/api/callback/call_number",
        fields={"antiaon": "0", "phone": "{digits}", "reverse": "0", "sipnumber": "{extension}", "user": "{login}"},
        sign="sipuni",
        agrees=("success", ("True", "true", "1")),
    ),
    "megafon": Calling(
        usual="https://YOURS.megapbx.ru/sys/crm_api.wcgp",
        fields={"cmd": "makeCall", "phone": "{digits}", "user": "{extension}", "token": "{password}"},
    ),
    "sipgate": Calling(
        usual="https://api.sipgate.com/v2/sessions/calls",
        kind="json",
        fields={"caller": "{extension}", "callee": "{number}"},
        headers={"Authorization": "Basic {basic}"},
    ),
}


def ask_to_call(
    calling: Calling, *, address: str, login: str, password: str, extension: str, number: str, key: str, context: str
) -> Asked:
    """Return the request that makes the exchange ring the extension and then the number (E.164)."""
    known = {
        "extension": extension,
        "number": number,
        "digits": number.lstrip("+"),
        "key": key,
        "login": login,
        "password": password,
        "context": context,
        "basic": base64.b64encode(f"{login}:{password}".encode()).decode(),
    }
    fields = _filled(calling.fields, known)
    headers = {name: _hole(value, known) for name, value in calling.headers.items()}
    if calling.kind == "json":
        return Asked(address, headers | {"Content-Type": "application/json"}, _json(fields).encode())
    if calling.kind == "query":
        query = urlencode(sorted(fields.items()))
        headers["Authorization"] = _as_zadarma(address, query, login, password)
        return Asked(f"{address}?{query}", headers, None)
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    return Asked(address, headers, urlencode(_signed(calling, fields, login, password)).encode())


def refusal(calling: Calling, status: int, body: bytes) -> str:
    """Why the exchange does not call, in its own words; "" when it does. Several say no with 200."""
    try:
        told = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        told = {}
    told = told if isinstance(told, dict) else {}
    name, good = calling.agrees
    agreed = 200 <= status < 300 and (not name or str(told.get(name)) in good)
    if agreed and not (calling.refuses and told.get(calling.refuses)):
        return ""
    said = next((told[word] for word in ("message", "error", "description", "result") if told.get(word)), "")
    said = said.get("message", "") if isinstance(said, dict) else said
    return f"{status}: {said}"[:200] if said else f"the exchange answered {status}"


def _signed(calling: Calling, fields: dict[str, Any], login: str, password: str) -> dict[str, str]:
    if calling.sign == "mango":
        inner = _json(fields)
        sign = hashlib.sha256((login + inner + password).encode()).hexdigest()
        return {"vpbx_api_key": login, "sign": sign, calling.inside: inner}
    if calling.sign == "sipuni":  # the maker wants MD5 over the values in the order of their names
        words = [*(fields[name] for name in sorted(fields)), password]
        return fields | {"hash": hashlib.md5("+".join(words).encode(), usedforsecurity=False).hexdigest()}
    return fields


def _as_zadarma(address: str, query: str, key: str, secret: str) -> str:
    """Its maker's signature: base64 of the hex HMAC-SHA-1 over the path, the query and the query's MD5."""
    path = "/" + address.split("://", 1)[-1].partition("/")[2]
    message = path + query + hashlib.md5(query.encode(), usedforsecurity=False).hexdigest()
    digest = hmac.new(secret.encode(), message.encode(), hashlib.sha1).hexdigest()
    return f"{quote(key)}:{base64.b64encode(digest.encode()).decode()}"


def _filled(template: Mapping[str, Template], known: dict[str, str]) -> dict[str, Any]:
    return {
        name: _filled(value, known)
        if isinstance(value, Mapping)
        else _hole(value, known)
        if isinstance(value, str)
        else value
        for name, value in template.items()
    }


def _hole(template: str, known: dict[str, str]) -> str:
    """A template is one hole, or words around one: what fills it is never read as a template again."""
    before, brace, rest = template.partition("{")
    name, _brace, after = rest.partition("}")
    return before + known[name] + after if brace else template


def _json(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
