"""Russian and English; moments are stored in UTC and shown in the reader's zone."""

from opora.config.settings import env

USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = OPORA_LANGUAGE = env.choice("OPORA_LANGUAGE", "en", ("en", "ru"))
OPORA_ZONE = env.zone("OPORA_ZONE", "Europe/Moscow")
LANGUAGES = [("en", "English"), ("ru", "Русский")]
LANGUAGE_COOKIE_NAME = "opora_language"
