"""The portal's addresses."""

from django.urls import path

from opora.desk.web.portal.views import confirming, listing, one, opening, organisation, pin, proving, status, working

app_name = "portal"
urlpatterns = [
    path("", listing.home, name="home"),
    path("requests/", listing.requests, name="requests"),
    path("requests/rows", listing.rows, name="rows"),
    path("requests/new", opening.new_request, name="new"),
    path("requests/new/priorities", opening.priorities, name="priorities"),
    path("requests/<int:number>", one.request_page, name="request"),
    path("requests/<int:number>/answer", one.answer, name="answer"),
    path("requests/<int:number>/copy", one.copy_in, name="copy_in"),
    path("requests/<int:number>/copy/remove", one.copy_out, name="copy_out"),
    path("requests/<int:number>/object", one.object_to_priority, name="object"),
    path("requests/<int:number>/letter/<int:message>", one.formatted, name="formatted"),
    path("requests/<int:number>/news", one.news, name="news"),
    path("requests/<int:number>/solved", one.solved, name="solved"),
    path("requests/<int:number>/why", one.why, name="why"),
    path("confirm/<str:token>", confirming.confirm_by_link, name="confirm_by_link"),
    path("confirmations/<int:number>", confirming.confirmation, name="confirmation"),
    path("confirmations/<int:number>/withdraw", confirming.withdraw, name="withdraw_confirmation"),
    path("organisation/nominations/<int:number>", confirming.decide_nomination, name="decide_nomination"),
    path("watched/<int:number>", working.window, name="work"),
    path("watched/<int:number>/invite", working.invite, name="work_invite"),
    path("watched/<int:number>/links/<int:link>/revoke", working.revoke, name="work_revoke"),
    path("watched/<int:number>/choose", working.choose, name="work_choose"),
    path("watched/sessions/<int:session>", working.session, name="work_session"),
    path("watched/sessions/<int:session>/order", working.order, name="work_order"),
    path("watched/sessions/<int:session>/<str:part>", working.record, name="work_record"),
    path("watched/watching", working.watching, name="watching"),
    path("watched/watch/<str:token>", working.watch, name="watch"),
    path("organisation/sealing-key", working.give_seal, name="give_seal"),
    path("support-pin", pin.support_pin, name="support_pin"),
    path("organisation", organisation.organisation, name="organisation"),
    path("organisation/promises", proving.promises, name="promises"),
    path("organisation/promises.csv", proving.promises_csv, name="promises_csv"),
    path("organisation/promises.pdf", proving.promises_pdf, name="promises_pdf"),
    path("organisation/people", organisation.add_person, name="add_person"),
    path("organisation/people/<int:number>/roles", organisation.change_roles, name="change_roles"),
    path("status/", status.status, name="status"),
    path("status/feed.atom", status.feed, name="status_feed"),
    path("status/subscribe", status.subscribe, name="status_subscribe"),
    path("status/confirm/<str:token>", status.confirm, name="status_confirm"),
    path("status/leave/<str:token>", status.leave, name="status_leave"),
]
