"""A host that is not OpenSSH: it answers when the test lets it, and says what no honest one would."""

import asyncio
import threading
from typing import Any

import asyncssh

from tests.gateway.hosts import ACCOUNT
from tests.gateway.worlds import World


class SlowHost:
    """Lets everybody in. `asked` holds what was asked for; sessions after the first `held_from` wait for `go`.

    It lets itself be looked at for what is left behind, unless `looks` is False: then `reply` gets that too.
    """

    def __init__(self, *, looks: bool = True) -> None:
        self._looks = looks
        self.asked: list[str] = []
        self.go = threading.Event()
        self.held_from = 0
        self.sessions = 0
        self.arrived = threading.Event()
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.reply: Any = lambda process: process.exit(0)
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._live, daemon=True)

    def __enter__(self) -> "SlowHost":
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self.go.set()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def agreed(self, here: World) -> None:
        """The customer agrees to this host instead of the usual one."""
        host = {"name": "web1", "system": 7, "address": "127.0.0.1", "port": self.port, "login": ACCOUNT}
        line = self.key.export_public_key().decode().strip()
        here.agree(hosts=[{**host, "host_keys": [line], "road": "certificate"}])

    def _live(self) -> None:
        self._loop.run_until_complete(self._listen())
        self._loop.run_forever()
        self._server.close()
        self._loop.run_until_complete(asyncio.sleep(0))

    async def _listen(self) -> None:
        def factory() -> "_Server":
            return _Server(self)

        self._server = await asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[self.key], server_factory=factory, config=None, encoding=None
        )
        self.port = self._server.get_port()
        self._ready.set()

    async def serve(self, process: Any) -> None:
        self.asked.append(process.command or "shell")
        if self._looks and process.command == "exec sh -s":  # the look for what is left behind
            process.stdout.write(b"@@users\n@@end\n")
            process.exit(0)
        else:
            self.reply(process)


class _Server(asyncssh.SSHServer):
    def __init__(self, host: SlowHost) -> None:
        self._host = host

    def connection_made(self, conn: Any) -> None:
        self._connection = conn

    def begin_auth(self, username: str) -> bool:
        return False

    def session_requested(self) -> Any:
        session = asyncssh.SSHServerProcess(self._host.serve, None, 3, False)

        async def when_let() -> Any:
            self._host.sessions += 1
            if self._host.sessions > self._host.held_from:
                self._host.arrived.set()
            while self._host.arrived.is_set() and not self._host.go.is_set():
                await asyncio.sleep(0.01)
            return session

        return self._connection.create_server_channel(encoding=None), when_let()
