"""Addresses of work on customers' systems, all under /desk/."""

from django.urls import path

from opora.desk.web.console.work import hosts, keys, outcome, sessions, windows

app_name = "work"
urlpatterns = [
    path("tickets/<int:number>/windows", windows.windows, name="windows"),
    path("tickets/<int:number>/windows/roads", windows.roads, name="roads"),
    path("tickets/<int:number>/windows/prepare/<int:asked>", windows.prepare, name="prepare"),
    path("tickets/<int:number>/windows/time", outcome.book, name="book"),
    path("work/<int:agreement>/summary", outcome.summarise, name="summarise"),
    path("work/<int:agreement>/estimate", outcome.estimate, name="estimate"),
    path("work/sessions/<int:session>", sessions.session, name="session"),
    path("work/sessions/<int:session>/order", sessions.order, name="order"),
    path("work/sessions/<int:session>/<str:part>", sessions.record, name="record"),
    path("work/terminal/<int:agreement>/<slug:host>", sessions.terminal, name="terminal"),
    path("customers/<int:organisation>/systems/<int:system>/hosts", hosts.hosts, name="hosts"),
    path("ssh-keys/", keys.keys, name="keys"),
    path("ssh-keys/<int:number>/revoke", keys.revoke, name="revoke_key"),
]
