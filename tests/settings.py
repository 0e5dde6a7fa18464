"""The settings under test: those of the program, with a state folder and a database server of this session's own.

Read by pytest before anything else of ours. With OPORA_TEST_DATABASE_URL set, that server is used; else one is started
in memory and shared by all workers of the session, and goes with it.
"""

import atexit
import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from opora.config.embedded import throwaway

_session = ExitStack()
atexit.register(_session.close)

if "OPORA_TEST_STATE" not in os.environ:
    _memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    os.environ["OPORA_TEST_STATE"] = tempfile.mkdtemp(prefix="opora-test-", dir=_memory)
    _session.callback(shutil.rmtree, os.environ["OPORA_TEST_STATE"], ignore_errors=True)
if not os.environ.get("OPORA_TEST_DATABASE_URL"):
    os.environ["OPORA_TEST_DATABASE_URL"] = _session.enter_context(throwaway()).url

for _name in [name for name in os.environ if name.startswith("OPORA_") and not name.startswith("OPORA_TEST_")]:
    if _name != "OPORA_PG_BIN":
        del os.environ[_name]
os.environ["OPORA_STATE"] = str(Path(os.environ["OPORA_TEST_STATE"]))
os.environ["OPORA_SECRET_KEY"] = "only for tests, and long enough to be taken for a key"
os.environ["DATABASE_URL"] = os.environ["OPORA_TEST_DATABASE_URL"]

from opora.config.settings import *  # noqa: E402, F403
