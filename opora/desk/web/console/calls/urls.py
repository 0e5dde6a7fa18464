"""Addresses of the operators' pages."""

from django.urls import path

from opora.desk.web.console.calls import deeds, desk, log, one

app_name = "calls"
urlpatterns = [
    path("calls/", desk.page, name="desk"),
    path("calls/now", desk.now, name="now"),
    path("calls/ringing", desk.ringing, name="ringing"),
    path("calls/log", log.page, name="log"),
    path("calls/make", deeds.make_call, name="make"),
    path("calls/pause", deeds.pause, name="pause"),
    path("calls/of/<int:number>", deeds.phones_of_ticket, name="phones"),
    path("calls/back/<int:task>/<slug:verb>", deeds.call_back, name="back"),
    path("calls/<int:call>/", one.page, name="call"),
    path("calls/<int:call>/parts", one.parts, name="parts"),
    path("calls/<int:call>/words", one.keep, name="words"),
    path("calls/<int:call>/take-down", one.take_down, name="take_down"),
    path("calls/<int:call>/recording", log.recording, name="recording"),
    path("calls/<int:call>/<slug:verb>", deeds.act, name="act"),
]
