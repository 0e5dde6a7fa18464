"""The gateway's neighbours for its own tests: the desk's internal door, the signer and the ledger, small and steerable.

The door is a real HTTP server in a thread, signer and ledger answer on real sockets; each can be told to say no, or to be away.
"""

import hashlib
import json
import socketserver
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import asyncssh

Facts = dict[str, Any]
CODE = "314159"
SECRET = "the door's secret"
WORD = "word-of-the-tunnel"


class Desk:
    """The internal door: lets Boris in by his key, counts what it is told."""

    def __init__(self) -> None:
        self.agreement = ""
        self.keys: dict[str, int] = {}
        self.hosts = ["web1"]
        self.language = "en"
        self.factor = True
        self.refusal: tuple[str, str] | None = None
        self.away = False
        self.opened: list[Facts] = []
        self.told: list[Facts] = []
        self.knocks: list[Facts] = []
        self.passages: list[Facts] = []
        self.no_passage: tuple[str, str] | None = None
        self.unreadable = ""
        """What of all that is told it cannot read."""
        self.heard = threading.Condition()
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, answer = desk.answer(self.path, self.headers["Authorization"], body)
                raw = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *words: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()

    def answer(self, path: str, authorization: str, body: Facts) -> tuple[int, Facts]:
        if self.away:
            return 503, {}
        if authorization != f"Bearer {SECRET}":
            return 401, {}
        with self.heard:
            status, said = 404, dict[str, Any]()
            if path == "/gateway/knock":
                status, said = self._knock(body)
            elif path == "/gateway/factor":
                status, said = (200, {}) if body["code"] == CODE else (403, {"code": "factor", "reason": "Wrong code."})
            elif path == "/gateway/tunnel":
                status, said = self._passage(body)
            elif path == "/gateway/opened":
                self.opened.append(body)
                status, said = 200, {}
            elif path == "/gateway/told" and body["what"] == self.unreadable:
                status, said = 400, {"code": "unreadable", "reason": "TypeError"}
            elif path == "/gateway/told":
                if (body["session"], body["number"]) not in {(one["session"], one["number"]) for one in self.told}:
                    self.told.append(body)
                status, said = 200, {}
            self.heard.notify_all()
        return status, said

    def _knock(self, body: Facts) -> tuple[int, Facts]:
        self.knocks.append(body)
        staff = body["staff"] if body["staff"] is not None else self.keys.get(body["key"])
        if staff is None:
            return 403, {"code": "key", "reason": "Nobody has this key."}
        if self.refusal is not None:
            return 403, dict(zip(("code", "reason"), self.refusal, strict=True))
        return 200, {
            "staff": {"id": staff, "name": "Boris", "language": self.language},
            "factor": self.factor,
            "hosts": self.hosts,
            "agreement": self.agreement,
            "sha256": hashlib.sha256(self.agreement.encode()).hexdigest(),
        }

    def _passage(self, body: Facts) -> tuple[int, Facts]:
        self.passages.append(body)
        if self.no_passage is not None:
            return 403, dict(zip(("code", "reason"), self.no_passage, strict=True))
        if body["word"] != WORD and body["pass"] != 41:
            return 403, {"code": "word", "reason": "This is not the word of the tunnel."}
        return 200, {"agreement": self.agreement, "pass": 41, "name": "Clara", "language": "en"}

    def wait_told(self, what: str, seconds: float = 30.0, *, times: int = 1) -> Facts:
        """The fact of that kind that was told, once it was."""
        with self.heard:
            ok = self.heard.wait_for(lambda: sum(one["what"] == what for one in self.told) >= times, seconds)
            assert ok, f"{what} was never told, only {[one['what'] for one in self.told]}"
            return [one for one in self.told if one["what"] == what][times - 1]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Lines:
    """A server of JSON lines on a socket."""

    def __init__(self, path: Path, answer: Callable[[Facts], Facts]) -> None:
        self.path = path
        self.heard: list[Facts] = []
        lines = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                message = json.loads(self.rfile.readline())
                lines.heard.append(message)
                self.wfile.write(json.dumps(answer(message)).encode() + b"\n")

        self._server = socketserver.ThreadingUnixStreamServer(str(path), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self.path.unlink(missing_ok=True)


class Authority:
    """A signer's key: certificates as the real one makes them, without its looking at the agreement."""

    def __init__(self, principal: str = "opora-7-superuser") -> None:
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        self.principal = principal
        self.public = self._key.export_public_key().decode().strip()

    def answer(self, message: Facts) -> Facts:
        key = asyncssh.import_public_key(message["public_key"])
        certificate = self._key.generate_user_certificate(
            key,
            f"T-1042/{message['session']}",
            principals=[self.principal],
            valid_after="-30s",
            valid_before="+90s",
            permit_x11_forwarding=False,
            permit_agent_forwarding=False,
            permit_port_forwarding=False,
            permit_user_rc=False,
        )
        return {"ok": True, "certificate": certificate.export_certificate().decode().strip(), "serial": 1, "until": 0}


def ledger(message: Facts) -> Facts:
    """What a ledger answers that only nods."""
    return {"ok": True, "note": f"{message['do']}\n"}
