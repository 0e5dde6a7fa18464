"""The desk's addresses, and what of their letters we have fetched."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy


class Mailbox(models.Model):
    """One of the desk's addresses: who its letters come from, and by which road letters to it come in.

    What we keep secret is sealed, or only named (`env:`, `file:`); see `sealing`. With IMAP, `uids_known` is the last uid
    that was stored under `uid_validity`; `kept_back` are those below it that could not be had yet.
    """

    class Road(models.TextChoices):
        SERVER = "server", pgettext_lazy("how letters come", "A mail server hands them over (LMTP, HTTP, pipe)")
        IMAP = "imap", pgettext_lazy("how letters come", "We fetch them (IMAP)")

    class Security(models.TextChoices):
        TLS = "tls", "TLS"
        STARTTLS = "starttls", "STARTTLS"
        PLAIN = "plain", pgettext_lazy("connection", "not encrypted")

    class SignIn(models.TextChoices):
        PASSWORD = "password", pgettext_lazy("sign-in to a mailbox", "Password")
        MICROSOFT = "microsoft", "Microsoft 365 (OAuth2)"
        GOOGLE = "google", "Google (OAuth2)"

    class Afterwards(models.TextChoices):
        MARK = "mark", pgettext_lazy("what is done with a fetched letter", "Leave it there, marked as read")
        MOVE = "move", pgettext_lazy("what is done with a fetched letter", "Move it to another folder")

    address = models.CharField(max_length=254, unique=True)
    name = models.CharField(max_length=80)
    active = models.BooleanField(default=True)
    signature_en = models.TextField(blank=True, default="")
    signature_ru = models.TextField(blank=True, default="")
    acknowledgement_en = models.TextField(blank=True, default="")
    acknowledgement_ru = models.TextField(blank=True, default="")
    road = models.CharField(max_length=8, choices=Road.choices, default=Road.SERVER)
    hook = models.CharField(max_length=64, blank=True, default="")
    border = models.CharField(max_length=253, blank=True, default="")
    host = models.CharField(max_length=253, blank=True, default="")
    port = models.PositiveIntegerField(default=993)
    security = models.CharField(max_length=8, choices=Security.choices, default=Security.TLS)
    login = models.CharField(max_length=254, blank=True, default="")
    sign_in = models.CharField(max_length=10, choices=SignIn.choices, default=SignIn.PASSWORD)
    secret = models.TextField(blank=True, default="")
    client = models.CharField(max_length=200, blank=True, default="")
    client_secret = models.TextField(blank=True, default="")
    token_address = models.CharField(max_length=300, blank=True, default="")
    folder = models.CharField(max_length=200, default="INBOX")
    afterwards = models.CharField(max_length=5, choices=Afterwards.choices, default=Afterwards.MARK)
    moved_to = models.CharField(max_length=200, blank=True, default="")
    with_old = models.BooleanField(default=False)
    silent_minutes = models.PositiveIntegerField(default=10)
    uid_validity = models.BigIntegerField(null=True)
    uids_known = models.BigIntegerField(default=0)
    kept_back = ArrayField(models.BigIntegerField(), default=list)
    made_at = models.DateTimeField()
    heard_at = models.DateTimeField(null=True)
    letter_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(address__contains="@"), name="mailbox_is_address"),
            models.UniqueConstraint(fields=["hook"], condition=~Q(hook=""), name="mailbox_hook_once"),
        ]
        ordering = ["address"]

    def __str__(self) -> str:
        return self.address
