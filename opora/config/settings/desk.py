"""How the desk behaves by itself."""

from opora.config.settings import env

OPORA_CLOSE_AFTER_DAYS = env.number("OPORA_CLOSE_AFTER_DAYS", 7, least=1, most=365)
OPORA_DEMO = env.switch("OPORA_DEMO")
