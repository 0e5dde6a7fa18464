"""How long from `opora up` to the first page, the second time; wall seconds and CPU seconds of everything started.

bin/bench start
"""

import os
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
TIMES = 5


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="opora-bench-") as folder:
        environment = _environment(Path(folder) / "state")
        first, _ = _start(environment)
        print(f"first start (database made, migrated): {first:.1f} s")
        rows = [_start(environment) for _ in range(TIMES)]
    walls, cpus = zip(*rows, strict=True)
    print(f"second start to the first page, of {TIMES}: wall {_spread(walls)}; CPU until stopped {_spread(cpus)}")
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def _environment(state: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPORA_", "DATABASE_"))}
    ports = {name: f"127.0.0.1:{_free()}" for name in ("OPORA_LISTEN", "OPORA_MAIL_LISTEN")}
    return {**kept, **ports, "OPORA_STATE": str(state), "PYTHONPATH": str(CHECKOUT), "OPORA_LOG_LEVEL": "WARNING"}


def _start(environment: dict[str, str]) -> tuple[float, float]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    program = subprocess.Popen(
        [sys.executable, "-m", "opora.config.cli", "up"], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for_page(f"http://{environment['OPORA_LISTEN']}/sign-in/", began + 120)
        wall = time.monotonic() - began
    finally:
        program.send_signal(signal.SIGTERM)
        program.wait(30)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _wait_for_page(address: str, end: float) -> None:
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=60) as page:
                page.read()
                return
        except OSError:
            time.sleep(0.02)
    raise SystemExit("no page came")


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _spread(figures: tuple[float, ...]) -> str:
    return f"{min(figures):.2f} / {statistics.median(figures):.2f} / {max(figures):.2f} s (least, middle, most)"


if __name__ == "__main__":
    main()
