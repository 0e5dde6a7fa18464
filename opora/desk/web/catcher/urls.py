"""Addresses that only the demo has."""

from django.urls import path

from opora.desk.web.catcher import authenticator, telephone, views

app_name = "catcher"
urlpatterns = [
    path("demo/", views.welcome, name="welcome"),
    path("demo/app/", authenticator.authenticator, name="authenticator"),
    path("demo/phone/", telephone.telephone, name="telephone"),
    path("demo/mail/", views.letters, name="letters"),
    path("demo/mail/<int:number>", views.letter, name="letter"),
    path("demo/mail/<int:number>.eml", views.octets, name="octets"),
]
