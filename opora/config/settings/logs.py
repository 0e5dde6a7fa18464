"""How the program speaks in its logs. Never a secret, never the words of a letter."""

from opora.config.settings import env

OPORA_LOG_LEVEL = env.text("OPORA_LOG_LEVEL", "INFO").upper()
OPORA_LOG_FORMAT = env.text("OPORA_LOG_FORMAT", "text")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"text": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "text"}},
    "root": {"handlers": ["stderr"], "level": OPORA_LOG_LEVEL},
}
