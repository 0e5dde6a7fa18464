"""Addresses of the shift."""

from django.urls import path

from opora.desk.web.console.shift import lead, share

app_name = "shift"
urlpatterns = [
    path("shift/", lead.first, name="first"),
    path("shift/<slug:team>/", lead.page, name="shift"),
    path("shift/<slug:team>/lanes", lead.lanes, name="lanes"),
    path("shift/<slug:team>/move", lead.move, name="move"),
    path("shift/<slug:team>/share-out", lead.share_out, name="share_out"),
    path("first-line/", share.share, name="share"),
]
