"""The console's addresses, all under /desk/."""

from django.urls import path

from opora.desk.web.console.views import acts, causes, letters, objections, opening, queues, searching, tickets

app_name = "console"
urlpatterns = [
    path("", queues.first_page, name="first"),
    path("queue/<slug:name>", queues.queue, name="queue"),
    path("queue/<slug:name>/rows", queues.queue_rows, name="rows"),
    path("queue/<slug:name>/filter", queues.filter_form, name="filter"),
    path("colleagues", queues.colleagues, name="colleagues"),
    path("notices", queues.notices, name="notices"),
    path("notices/read", queues.read_notices, name="read_notices"),
    path("menu", queues.menu, name="menu"),
    path("counts", queues.counts, name="counts"),
    path("views", queues.save_view, name="save_view"),
    path("views/<int:number>/forget", queues.forget_view, name="forget_view"),
    path("bulk", acts.bulk, name="bulk"),
    path("search", searching.search, name="search"),
    path("people", searching.people, name="people"),
    path("new", opening.new, name="new"),
    path("causes/", causes.causes, name="causes"),
    path("objections/", objections.objections, name="objections"),
    path("objections/<int:objection>/decide", objections.decide, name="decide_objection"),
    path("letters/<slug:shelf>", letters.shelf, name="letters"),
    path("letters/came/<int:number>", letters.letter, name="letter"),
    path("letters/came/<int:number>/<slug:verb>", letters.letter_act, name="letter_act"),
    path("letters/held/<slug:verb>", letters.pile_act, name="pile_act"),
    path("letters/sent/<int:number>/<slug:verb>", letters.road_act, name="road_act"),
    path("tickets/<int:number>", tickets.page, name="ticket"),
    path("tickets/<int:number>/fresh", tickets.fresh, name="fresh"),
    path("tickets/<int:number>/choices", tickets.choices, name="choices"),
    path("tickets/<int:number>/dialogs", tickets.dialogs, name="dialogs"),
    path("tickets/<int:number>/draft", tickets.draft, name="draft"),
    path("tickets/<int:number>/seen", tickets.seen, name="seen"),
    path("tickets/<int:number>/promise/<int:clock>", tickets.promise, name="promise"),
    path("tickets/<int:number>/letter/<int:message>", tickets.formatted, name="formatted"),
    path("tickets/<int:number>/say", acts.say, name="say"),
    path("tickets/<int:number>/<slug:verb>", acts.act, name="act"),
]
