from django.urls import path

from opora.desk.web.components import views

app_name = "look"
urlpatterns = [path("look/", views.set_look, name="set")]
