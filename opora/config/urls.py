"""Which area answers which address."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/", include("opora.desk.web.console.routing.urls")),
    path("desk/", include("opora.desk.web.console.shift.urls")),
    path("desk/", include("opora.desk.web.console.work.urls")),
    path("desk/", include("opora.desk.web.console.calls.urls")),
    path("desk/", include("opora.desk.web.console.urls")),
    path("desk/", include("opora.desk.web.console.administration.urls")),
    path("", include("opora.desk.web.console.duty.urls")),
    path("", include("opora.desk.web.components.urls")),
    path("", include("opora.desk.web.signin.urls")),
    path("", include("opora.desk.web.api.urls")),
    path("", include("opora.desk.web.portal.urls")),
    path("", include("opora.desk.web.catcher.urls")),
]

handler400 = "opora.desk.web.components.errors.bad_request"
handler403 = "opora.desk.web.components.errors.forbidden"
handler404 = "opora.desk.web.components.errors.not_found"
handler500 = "opora.desk.web.components.errors.broken"
