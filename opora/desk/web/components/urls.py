from django.urls import path

from opora.desk.web.components import files, views

app_name = "look"
urlpatterns = [
    path("look/", views.set_look, name="set"),
    path("files/<str:token>/<str:name>", files.serve, name="file"),
]
