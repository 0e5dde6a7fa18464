"""Addresses of administration, all under /desk/."""

from django.urls import path

from opora.desk.web.console.administration import calendars, catalogue, customers, licences, people, vendors

app_name = "administration"
urlpatterns = [
    path("people/", people.people, name="people"),
    path("people/<int:staff>/", people.colleague, name="colleague"),
    path("customers/", customers.customers, name="customers"),
    path("customers/<int:organisation>/", customers.customer, name="customer"),
    path("customers/<int:organisation>/licences/", licences.licences, name="licences"),
    path("vendors/", vendors.vendors, name="vendors"),
    path("vendors/<int:vendor>/", vendors.vendor, name="vendor"),
    path("catalogue/", catalogue.catalogue, name="catalogue"),
    path("calendars/", calendars.calendars, name="calendars"),
    path("calendars/<slug:slug>/", calendars.calendar, name="calendar"),
]
