"""Addresses of routing."""

from django.urls import path

from opora.desk.web.console.routing import escalating, pulling, rulebook, why

app_name = "routing"
urlpatterns = [
    path("routing/", rulebook.rules, name="rules"),
    path("routing/<int:place>/<slug:verb>", rulebook.change, name="change"),
    path("tickets/<int:number>/why", why.why, name="why"),
    path("escalations/", escalating.page, name="escalations"),
    path("escalations/<int:policy>/retire", escalating.retire, name="retire"),
    path("next", pulling.pull, name="next"),
]
