"""Addresses of duty. The feed stands outside /desk/: calendar programs read it by its secret alone."""

from django.urls import path

from opora.desk.web.console.duty import feed, overview, rotation, sheet

app_name = "duty"
urlpatterns = [
    path("desk/duty/", overview.duty, name="duty"),
    path("desk/duty/<int:rotation>/", rotation.one, name="rotation"),
    path("desk/duty/sheet/<slug:team>/", sheet.sheet, name="sheet"),
    path("desk/duty/swaps/<int:swap>/<slug:answer>", overview.answer_swap, name="swap"),
    path("duty/<str:token>.ics", feed.feed, name="feed"),
]
