"""PostgreSQL of our own, from files in a Python package, for whoever gives no DATABASE_URL.

Never creates a user, never loosens a folder's rights, never listens on TCP, never kills a server it does not own.
It imports neither Django nor the settings: everything is handed in.
"""

from opora.config.embedded.errors import EmbeddedTrouble
from opora.config.embedded.server import Server, server_in
from opora.config.embedded.sharing import borrowed, owned, running_url
from opora.config.embedded.throwaway import throwaway

__all__ = ["EmbeddedTrouble", "Server", "borrowed", "owned", "running_url", "server_in", "throwaway"]
