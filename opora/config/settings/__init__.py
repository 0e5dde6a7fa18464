"""All settings, from a short file per subject. Every name of ours stands in the README's table (a test holds it)."""

from opora.config.settings.database import *  # noqa: F403
from opora.config.settings.desk import *  # noqa: F403
from opora.config.settings.gateway import *  # noqa: F403
from opora.config.settings.languages import *  # noqa: F403
from opora.config.settings.logs import *  # noqa: F403
from opora.config.settings.mail import *  # noqa: F403
from opora.config.settings.paths import *  # noqa: F403
from opora.config.settings.rooms import *  # noqa: F403
from opora.config.settings.security import *  # noqa: F403
from opora.config.settings.web import *  # noqa: F403
