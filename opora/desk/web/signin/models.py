"""What sign-in keeps: sessions with their device, counts of wrong guesses, one-time codes, second factors, API tokens.

Secrets are kept as hashes; the one that must be read again (the TOTP key) is sealed. Nothing here is history: what
happened is told by events.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _

from opora.desk.people.models import Account


class Session(AbstractBaseSession):
    """A signed-in browser (or a stranger's half-way through signing in, without an account)."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, blank=True, related_name="sessions")
    began_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    device = models.CharField(max_length=120, blank=True, default="")

    @classmethod
    def get_session_store_class(cls) -> type:
        """The store that reads and writes these rows."""
        from opora.desk.web.signin.sessions import SessionStore

        return SessionStore


class Guesses(models.Model):
    """Failures in a row for one account name or one network address, and when the next try is allowed."""

    kind = models.CharField(max_length=12)
    key = models.CharField(max_length=64)
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    open_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="guesses_once")]
        indexes = [models.Index("last_at", name="guesses_old")]

    def __str__(self) -> str:
        return f"{self.kind} {self.failures}"


class SignInCode(models.Model):
    """A code for an address. Made for strangers too, in the same time; only the worker looks whether to send it.

    `sealed` holds the number until the letter is written, then nothing does: the digest is enough to check it.
    """

    email = models.CharField(max_length=254)
    digest = models.CharField(max_length=64)
    sealed = models.CharField(max_length=200, blank=True, default="")
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    tries_left = models.PositiveSmallIntegerField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index("ends_at", name="sign_in_code_old")]

    def __str__(self) -> str:
        return f"code {self.pk}"


class Totp(models.Model):
    """An authenticator app. `last_step` makes every number good once; unconfirmed until a number was typed."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE)
    sealed_key = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"authenticator of {self.account_id}"


class Passkey(models.Model):
    """A WebAuthn credential; `credential` holds its public half only."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=80)
    credential_id = models.BinaryField(unique=True, max_length=1024)
    credential = models.BinaryField(max_length=4096)
    sign_count = models.BigIntegerField(default=0)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class RecoveryCode(models.Model):
    """A code for the day the phone is lost; good once."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"recovery code {self.pk}"


class Scope(models.TextChoices):
    """What a token may do, at most; the person's own rights still bound it."""

    TICKETS_READ = "tickets:read", _("Read tickets")
    TICKETS_WRITE = "tickets:write", _("Open tickets and write in them")
    CUSTOMERS_READ = "customers:read", _("Read customers")


class ApiToken(models.Model):
    """A personal key to the API; only its hash is kept. Never deleted: revoked."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    start = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope.choices))
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scopes__contained_by=list(Scope.values)), name="token_scopes_known"
            )
        ]

    def __str__(self) -> str:
        return self.name
