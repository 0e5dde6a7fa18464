"""Keys, cookies, headers, sign-in. The secret key is made once and kept private when none is given."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from django.utils.csp import CSP

from opora.config.settings import env
from opora.config.settings.paths import OPORA_STATE
from opora.config.settings.web import OPORA_SITE_URL


def secret_key() -> str:
    """OPORA_SECRET_KEY or its file, else a key generated once into the state folder, readable by its owner only."""
    given = env.secret("OPORA_SECRET_KEY")
    if given:
        return given
    try:
        return _kept_key(OPORA_STATE / "secret.key")
    except OSError as error:
        advice = "OPORA_STATE must name a folder that this user may read and write"
        raise env.BadSetting(f"{error.filename}: {error.strerror}; {advice}.") from error


def _kept_key(place: Path) -> str:
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileExistsError):
            handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(secrets.token_urlsafe(48))
    return place.read_text(encoding="utf-8").strip()


SECRET_KEY = secret_key()
_old_key = env.secret("OPORA_SECRET_KEY_OLD")
SECRET_KEY_FALLBACKS = [_old_key] if _old_key else []
AUTH_USER_MODEL = "people.Account"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

OPORA_SECOND_FACTOR = env.choice("OPORA_SECOND_FACTOR", "required", ("required", "optional"))

_https = OPORA_SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_ENGINE = "opora.desk.web.signin.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "opora_session"
CSRF_COOKIE_NAME = "opora_csrf"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "opora.desk.web.components.errors.stale_form"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:", "blob:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "frame-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
