"""A time-stamping authority of our own: `openssl ts` with its own root, behind HTTP, as it would be in a company."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

CONFIG = """
[tsa]
default_tsa = here
[here]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
tsa_name = yes
ess_cert_id_alg = sha256
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
[stamps]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
"""


class TimeStamps:
    """The authority's keys in a folder; `roots` is what its customers are given."""

    def __init__(self, folder: Path) -> None:
        """Make a root and a key that stamps."""
        self.folder = folder
        folder.mkdir()
        (folder / "config").write_text(CONFIG)
        (folder / "serial").write_text("01\n")
        made = "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config config"
        self._run(f"{made} -x509 -days 3650 -subj /CN=Root -extensions root -keyout root.key -out root.pem")
        self._run(f"{made} -subj /CN=Stamps -keyout tsa.key -out tsa.csr")
        signed = "x509 -req -in tsa.csr -CA root.pem -CAkey root.key -set_serial 7 -days 3650 -extfile config"
        self._run(f"{signed} -extensions stamps -out tsa.pem")
        self.roots = folder / "root.pem"
        self.asked = 0
        self.away = False

    def reply(self, query: bytes) -> bytes:
        """Return the stamp for a question."""
        self.asked += 1
        (self.folder / "query").write_bytes(query)
        words = "ts -reply -config config -queryfile query -inkey tsa.key -signer tsa.pem -out reply"
        self._run(words)
        return (self.folder / "reply").read_bytes()

    def verifies(self, digest: str, stamp: Path) -> bool:
        """Whether openssl itself finds that the stamp was given for that hash."""
        words = ["openssl", "ts", "-verify", "-digest", digest, "-in", str(stamp), "-CAfile", str(self.roots)]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0

    @contextmanager
    def served(self) -> Iterator[str]:
        """Answer at an address of this machine, within the block."""
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                if authority.away or self.headers["Content-Type"] != "application/timestamp-query":
                    self.send_error(503)
                    return
                reply = authority.reply(query)
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *words: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            server.server_close()

    def _run(self, words: str) -> None:
        subprocess.run(["openssl", *words.split()], cwd=self.folder, capture_output=True, check=True)


@pytest.fixture
def authority(tmp_path: Path) -> TimeStamps:
    """An authority whose keys were made for this test."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not on this machine: no time-stamping authority can be played")
    return TimeStamps(tmp_path / "tsa")
