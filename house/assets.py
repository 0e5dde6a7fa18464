"""Fetches what rebuilding the page assets and checking pages with axe needs: the locked packages of `frontend/`.

Only the tests want them; the program runs from the committed files. Nothing is built here and no package's script runs.
"""

import hashlib
import os
import shutil
from pathlib import Path

from house.environment import ROOT, run, say

FRONTEND = ROOT / "frontend"
BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


def ensure_packages(frontend: Path = FRONTEND) -> bool:
    """Whether the locked packages are there: already, or fetched now; otherwise one line says what is missing."""
    lock = frontend / "package-lock.json"
    if not lock.exists():
        return False
    stamp = frontend / "node_modules" / ".opora"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return True
    if not shutil.which("node") or not shutil.which("npm"):
        say("node and npm are not here: the tests that rebuild assets or run axe are skipped.")
        return False
    if not os.access(frontend, os.W_OK):
        return stamp.exists()
    say("fetching the locked packages of frontend/ for the page tests ...")
    order: list[str | Path] = ["npm", "ci", "--prefix", frontend, "--ignore-scripts", "--prefer-offline"]
    order += ["--no-audit", "--no-fund", "--fetch-retries=1"]
    if run(order, certificates()) != 0:
        say("npm could not fetch them; the tests that need them are skipped.")
        return False
    stamp.write_text(wanted)
    return True


def certificates() -> dict[str, str]:
    """Has node believe the system's certificates too, unless somebody chose others."""
    found = next((bundle for bundle in BUNDLES if Path(bundle).is_file()), "")
    return {"NODE_EXTRA_CA_CERTS": found} if found and "NODE_EXTRA_CA_CERTS" not in os.environ else {}
