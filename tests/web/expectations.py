"""Who may open which address. One line per address; an address that is missing here fails the walk (test_walk.py).

OPEN is for everybody, PERSON for everybody who signed in, CONTACT for customers' people (and only for their own things),
`staff(act)` for the roles that policy trusts with the act, KEY for programs with a key of their own (STAFF_KEY: a colleague's).
NOWHERE is what exists in the demo only.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """Whom the address is for, and by which act when for colleagues."""

    kind: str
    act: str = ""


OPEN = Rule("open")
PERSON = Rule("person")
CONTACT = Rule("contact")
NEWCOMER = Rule("newcomer")
KEY = Rule("key")
STAFF_KEY = Rule("staff_key")
NOWHERE = Rule("nowhere")


def staff(act: str) -> Rule:
    """For the roles that may do the act."""
    return Rule("staff", act)


EXPECTED: dict[str, Rule] = {
    # the look
    "look/": OPEN,
    # coming in
    "sign-in/": OPEN,
    "sign-in/code/": OPEN,
    "sign-in/password/": OPEN,
    "sign-out/": OPEN,
    "desk/sign-in/": OPEN,
    "desk/sign-in/second-step/": OPEN,
    "desk/sign-in/new-password/": NEWCOMER,
    "desk/sign-in/passkey/options/": OPEN,
    "desk/sign-in/passkey/answer/": OPEN,
    # oneself
    "profile/": PERSON,
    "profile/password/": PERSON,
    "profile/sessions/end/": PERSON,
    "profile/keys/": PERSON,
    "profile/keys/<int:key>/revoke/": PERSON,
    "desk/second-factor/": NEWCOMER,
    "desk/second-factor/app/": NEWCOMER,
    "desk/second-factor/passkey/options/": NEWCOMER,
    "desk/second-factor/passkey/answer/": NEWCOMER,
    "desk/second-factor/remove/": NEWCOMER,
    "desk/second-factor/recovery-codes/": NEWCOMER,
    # files, behind a signed address of their own
    "files/<str:token>/<str:name>": OPEN,
    # requests for confirmation: a link nobody can guess, and one's own
    "confirm/<str:token>": OPEN,
    "confirmations/<int:number>": CONTACT,
    "confirmations/<int:number>/withdraw": CONTACT,
    "organisation/nominations/<int:number>": CONTACT,
    # work on customers' systems
    "watched/<int:number>": CONTACT,
    "watched/<int:number>/now": CONTACT,
    "watched/<int:number>/choose": CONTACT,
    "watched/<int:number>/invite": CONTACT,
    "watched/<int:number>/links/<int:link>/revoke": CONTACT,
    "watched/sessions/<int:session>": CONTACT,
    "watched/sessions/<int:session>/order": CONTACT,
    "watched/sessions/<int:session>/<str:part>": CONTACT,
    "watched/watch/<str:token>": OPEN,
    "watched/watching": OPEN,
    "organisation/sealing-key": CONTACT,
    "desk/tickets/<int:number>/windows": staff("tickets:read"),
    "desk/tickets/<int:number>/windows/prepare/<int:asked>": staff("customers:touch"),
    "desk/tickets/<int:number>/windows/time": staff("customers:touch"),
    "desk/work/<int:agreement>/summary": staff("customers:touch"),
    "desk/work/<int:agreement>/estimate": staff("customers:touch"),
    "desk/work/sessions/<int:session>": staff("tickets:read"),
    "desk/work/sessions/<int:session>/order": staff("tickets:read"),
    "desk/work/sessions/<int:session>/<str:part>": staff("tickets:read"),
    "desk/work/terminal/<int:agreement>/<slug:host>": staff("tickets:read"),
    "desk/customers/<int:organisation>/systems/<int:system>/hosts": staff("tickets:read"),
    "desk/ssh-keys/": staff("customers:touch"),
    "desk/ssh-keys/<int:number>/revoke": staff("customers:touch"),
    "desk/tickets/<int:number>/confirmations": staff("tickets:read"),
    "desk/tickets/<int:number>/confirmations/nominate": staff("consent:ask"),
    "desk/tickets/<int:number>/confirmations/<int:asked>/again": staff("consent:ask"),
    "desk/tickets/<int:number>/confirmations/<int:asked>/back": staff("consent:ask"),
    # the portal
    "": OPEN,
    "requests/": CONTACT,
    "requests/rows": CONTACT,
    "requests/new": CONTACT,
    "requests/new/priorities": CONTACT,
    "requests/<int:number>": CONTACT,
    "requests/<int:number>/answer": CONTACT,
    "requests/<int:number>/copy": CONTACT,
    "requests/<int:number>/copy/remove": CONTACT,
    "requests/<int:number>/letter/<int:message>": CONTACT,
    "requests/<int:number>/news": CONTACT,
    "requests/<int:number>/object": CONTACT,
    "requests/<int:number>/solved": CONTACT,
    "requests/<int:number>/why": CONTACT,
    "support-pin": CONTACT,
    "organisation": CONTACT,
    "organisation/people": CONTACT,
    "organisation/promises": CONTACT,
    "organisation/promises.csv": CONTACT,
    "organisation/promises.pdf": CONTACT,
    "organisation/people/<int:number>/roles": CONTACT,
    # the public status
    "status/": OPEN,
    "status/feed.atom": OPEN,
    "status/subscribe": OPEN,
    "status/confirm/<str:token>": OPEN,
    "status/leave/<str:token>": OPEN,
    # the demo's own pages
    "demo/": NOWHERE,
    "demo/app/": NOWHERE,
    "demo/phone/": NOWHERE,
    "demo/mail/": NOWHERE,
    "demo/mail/<int:number>": NOWHERE,
    "demo/mail/<int:number>.eml": NOWHERE,
    # the console
    "desk/": staff("tickets:read"),
    "desk/queue/<slug:name>": staff("tickets:read"),
    "desk/queue/<slug:name>/rows": staff("tickets:read"),
    "desk/queue/<slug:name>/filter": staff("tickets:read"),
    "desk/colleagues": staff("tickets:read"),
    "desk/menu": staff("tickets:read"),
    "desk/notices": staff("tickets:read"),
    "desk/notices/read": staff("tickets:read"),
    "desk/counts": staff("tickets:read"),
    "desk/views": staff("tickets:read"),
    "desk/views/<int:number>/forget": staff("tickets:read"),
    "desk/bulk": staff("tickets:bulk"),
    "desk/search": staff("tickets:read"),
    "desk/people": staff("tickets:read"),
    "desk/new": staff("tickets:open"),
    "desk/new/priorities": staff("tickets:open"),
    "desk/incidents/": staff("tickets:read"),
    "desk/incidents/<int:incident>/": staff("tickets:read"),
    "desk/incidents/<int:incident>/<slug:verb>": staff("tickets:work"),
    "desk/works/": staff("tickets:read"),
    "desk/works/<int:work>/cancel": staff("tickets:work"),
    "desk/root-causes/": staff("tickets:read"),
    "desk/root-causes/<int:letter>/": staff("tickets:read"),
    "desk/root-causes/<int:letter>/<slug:verb>": staff("tickets:work"),
    "desk/causes/": staff("tickets:read"),
    "desk/vendor-cases/": staff("tickets:read"),
    "desk/vendor-cases/new": staff("tickets:read"),
    "desk/vendor-cases/<int:case>/": staff("tickets:read"),
    "desk/vendor-cases/<int:case>/<slug:verb>": staff("tickets:work"),
    "desk/objections/": staff("tickets:read"),
    "desk/objections/<int:objection>/decide": staff("tickets:read"),
    "desk/letters/<slug:shelf>": staff("mail:handle"),
    "desk/letters/came/<int:number>": staff("mail:handle"),
    "desk/letters/came/<int:number>/<slug:verb>": staff("mail:handle"),
    "desk/letters/held/<slug:verb>": staff("mail:handle"),
    "desk/letters/sent/<int:number>/<slug:verb>": staff("mail:handle"),
    "desk/tickets/<int:number>": staff("tickets:read"),
    "desk/tickets/<int:number>/fresh": staff("tickets:read"),
    "desk/tickets/<int:number>/choices": staff("tickets:read"),
    "desk/tickets/<int:number>/dialogs": staff("tickets:read"),
    "desk/tickets/<int:number>/draft": staff("tickets:note"),
    "desk/tickets/<int:number>/seen": staff("tickets:read"),
    "desk/tickets/<int:number>/promise/<int:clock>": staff("tickets:read"),
    "desk/tickets/<int:number>/promise/<int:clock>.json": staff("tickets:read"),
    "desk/tickets/<int:number>/replay.json": staff("tickets:read"),
    "desk/tickets/<int:number>/letter/<int:message>": staff("tickets:read"),
    "desk/tickets/<int:number>/say": staff("tickets:note"),
    "desk/tickets/<int:number>/<slug:verb>": staff("tickets:note"),
    # calls
    "desk/calls/": staff("calls:take"),
    "desk/calls/now": staff("calls:take"),
    "desk/calls/ringing": staff("calls:make"),
    "desk/calls/log": staff("calls:take"),
    "desk/calls/make": staff("calls:make"),
    "desk/calls/pause": staff("calls:take"),
    "desk/calls/of/<int:number>": staff("calls:make"),
    "desk/calls/back/<int:task>/<slug:verb>": staff("calls:take"),
    "desk/calls/<int:call>/": staff("calls:take"),
    "desk/calls/<int:call>/parts": staff("calls:take"),
    "desk/calls/<int:call>/words": staff("calls:take"),
    "desk/calls/<int:call>/take-down": staff("calls:take"),
    "desk/calls/<int:call>/recording": staff("calls:listen"),
    "desk/calls/<int:call>/<slug:verb>": staff("calls:take"),
    # administration
    "desk/exchanges/": staff("settings:edit"),
    "desk/exchanges/<int:number>/": staff("settings:edit"),
    "desk/scripts/": staff("calls:script"),
    "desk/scripts/<int:number>/": staff("calls:script"),
    "desk/people/": staff("people:edit"),
    "desk/people/<int:staff>/": staff("people:edit"),
    "desk/customers/": staff("tickets:read"),
    "desk/customers/<int:organisation>/": staff("tickets:read"),
    "desk/customers/<int:organisation>/licences/": staff("tickets:read"),
    "desk/vendors/": staff("tickets:read"),
    "desk/vendors/<int:vendor>/": staff("tickets:read"),
    "desk/catalogue/": staff("tickets:read"),
    "desk/mailboxes/": staff("settings:edit"),
    "desk/mailboxes/<int:number>/": staff("settings:edit"),
    "desk/calendars/": staff("tickets:read"),
    "desk/calendars/<slug:slug>/": staff("tickets:read"),
    "desk/calendars/<slug:slug>/hours/": staff("sla:edit"),
    "desk/calendars/re-pinning/": staff("sla:edit"),
    "desk/calendars/new/": staff("sla:edit"),
    "desk/calendars/check/": staff("sla:edit"),
    # duty
    "desk/duty/": staff("duty:see"),
    "desk/duty/<int:rotation>/": staff("duty:see"),
    "desk/duty/sheet/<slug:team>/": staff("tickets:read"),
    "desk/duty/swaps/<int:swap>/<slug:answer>": staff("duty:see"),
    "duty/<str:token>.ics": OPEN,
    # routing
    "desk/routing/": staff("routing:see"),
    "desk/routing/<int:place>/<slug:verb>": staff("routing:edit"),
    "desk/tickets/<int:number>/why": staff("tickets:read"),
    "desk/next": staff("tickets:bulk"),
    "desk/escalations/": staff("routing:see"),
    "desk/shift/": staff("routing:see"),
    "desk/shift/<slug:team>/": staff("routing:see"),
    "desk/shift/<slug:team>/lanes": staff("routing:see"),
    "desk/shift/<slug:team>/move": staff("tickets:bulk"),
    "desk/shift/<slug:team>/share-out": staff("tickets:bulk"),
    "desk/first-line/": staff("routing:see"),
    "desk/escalations/<int:policy>/retire": staff("routing:edit"),
    # the API
    "hooks/mail/<str:token>": OPEN,
    "hooks/cti/<str:token>": OPEN,
    "hooks/cti/<str:token>/<path:rest>": OPEN,
    # the internal door of the gateway: a secret of its own
    "gateway/<slug:what>": OPEN,
    "api/v1/openapi.json": OPEN,
    "api/v1/me": KEY,
    "api/v1/tickets": KEY,
    "api/v1/tickets/<number>": KEY,
    "api/v1/tickets/<number>/messages": KEY,
    "api/v1/tickets/<number>/notes": STAFF_KEY,
    "api/v1/customers": STAFF_KEY,
    "api/v1/customers/<number>": STAFF_KEY,
}
