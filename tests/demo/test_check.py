"""`opora demo --check`: the main job and the watched work over real HTTP, SMTP, ssh and WebSocket, and nothing left behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from opora.config.demo.checking.browser import Browser, Page
from tests.conftest import CHECKOUT

pytestmark = pytest.mark.slow


@pytest.mark.timeout(1800)
def test_it_drives_the_main_job_and_leaves_nothing_behind(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OPORA_", "DATABASE_"))}
    environment |= {"PYTHONPATH": str(CHECKOUT), "TMPDIR": str(tmp_path), "OPORA_STATE": str(tmp_path / "unused")}
    environment |= {"DJANGO_SETTINGS_MODULE": "opora.config.settings"}
    done = subprocess.run(
        [sys.executable, "-m", "opora.config.cli", "demo", "--check", "--json"],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=1700,
    )
    assert done.stdout, done.stderr[-3000:]
    said = json.loads(done.stdout)
    broken = [step for step in said["steps"] if not step["held"]]
    assert not broken and said["held"] and done.returncode == 0, broken
    assert len(said["steps"]) >= 30
    assert not list(tmp_path.glob("opora-check-*"))


def test_its_browser_fills_forms_in_as_they_stand() -> None:
    html = (
        '<form action="/go" method="post"><input type="hidden" name="key" value="k1"><input name="subject">'
        '<input type="radio" name="kind" value="a"><input type="radio" name="kind" value="b" checked>'
        '<select name="about"><option value="">any</option><option value="7" selected>x</option></select>'
        "<textarea name=text>half &lt;said</textarea><button>Send</button></form><p>seen</p><script>unseen</script>"
    )
    page: Page = Browser.read("http://127.0.0.1/new", 200, html.encode())
    form = page.form(action="/go", having="text")
    assert form.values == {"key": "k1", "subject": "", "kind": "b", "about": "7", "text": "half <said"}
    assert "seen" in page.text and "unseen" not in page.text
    with pytest.raises(LookupError):
        page.form(action="/elsewhere")
