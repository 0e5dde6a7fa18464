"""Addresses of administration, all under /desk/."""

from django.urls import path

from opora.desk.web.console.administration import (
    calendars,
    catalogue,
    customers,
    editing_hours,
    exchanges,
    licences,
    mailboxes,
    people,
    repinning,
    scripts,
    vendors,
)

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
    path("mailboxes/", mailboxes.mailboxes, name="mailboxes"),
    path("mailboxes/<int:number>/", mailboxes.mailbox, name="mailbox"),
    path("exchanges/", exchanges.exchanges, name="exchanges"),
    path("exchanges/<int:number>/", exchanges.exchange, name="exchange"),
    path("scripts/", scripts.scripts, name="scripts"),
    path("scripts/<int:number>/", scripts.script, name="script"),
    path("calendars/", calendars.calendars, name="calendars"),
    path("calendars/new/", editing_hours.new_calendar, name="new_calendar"),
    path("calendars/check/", editing_hours.check_hours, name="check_hours"),
    path("calendars/re-pinning/", repinning.show_repinnings, name="repinnings"),
    path("calendars/<slug:slug>/hours/", editing_hours.edit_hours, name="edit_hours"),
    path("calendars/<slug:slug>/", calendars.calendar, name="calendar"),
]
