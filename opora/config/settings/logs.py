"""How the program speaks in its logs: one line per fact, as text or JSON. Never a secret, never the words of a letter."""

from opora.config.settings import env

OPORA_LOG_LEVEL = env.choice("OPORA_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
OPORA_LOG_FORMAT = env.choice("OPORA_LOG_FORMAT", "text", ("text", "json"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"()": "opora.config.log_lines.TextLines"},
        "json": {"()": "opora.config.log_lines.JsonLines"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": OPORA_LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": OPORA_LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "uvicorn": {"level": "WARNING"},
        "mail.log": {"level": "WARNING"},
        "psycopg.pool": {"level": "WARNING"},
    },
}
