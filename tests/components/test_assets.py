"""The built files are what the sources say, and every page can find them."""

import filecmp
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from opora.desk.web.components import assets

FRONTEND = Path(__file__).resolve().parents[2] / "frontend"


def test_it_has_every_file_the_manifest_names():
    for name in assets.manifest().values():
        assert (assets.DIST / name).stat().st_size > 0


def test_it_is_byte_identical_when_built_again(tmp_path):
    if not shutil.which("node") or not (FRONTEND / "node_modules" / "esbuild").exists():
        pytest.skip("node or its packages are not installed (cd frontend && npm ci --ignore-scripts)")
    subprocess.run(["node", "build.mjs", str(tmp_path)], cwd=FRONTEND, check=True, capture_output=True)
    names = sorted(one.name for one in tmp_path.iterdir())
    assert names == sorted(one.name for one in assets.DIST.iterdir())
    same, different, missing = filecmp.cmpfiles(tmp_path, assets.DIST, names, shallow=False)
    assert (different, missing) == ([], [])
    assert len(same) == len(names)


def test_it_carries_the_licences_of_what_it_carries():
    text = (assets.DIST / "LICENCES.txt").read_text(encoding="utf-8")
    assert all(name in text for name in ("htmx.org", "Inter", "Tabler Icons", "xterm.js"))


def test_it_locks_packages_without_addresses():
    lock = (FRONTEND / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in lock
    packages = json.loads(lock)["packages"]
    assert all("integrity" in one for name, one in packages.items() if name)


@pytest.mark.parametrize("words", ["words.js", "work/words.js"])
def test_it_has_every_word_in_both_languages(words):
    text = (FRONTEND / "src" / words).read_text(encoding="utf-8")
    english, russian = (set(re.findall(r"^    (\w+):", part, re.M)) for part in text.split("  ru: {"))
    assert english and english == russian


def test_it_asks_only_for_icons_that_are_in_the_sprite():
    sprite = (assets.DIST / assets.manifest()["icons.svg"]).read_text(encoding="utf-8")
    known = set(re.findall(r'symbol id="([a-z0-9-]+)"', sprite))
    web = assets.DIST.parents[2]
    used = {
        name
        for page in web.rglob("*.html")
        for name in re.findall(r'\{% icon "([a-z0-9-]+)"', page.read_text(encoding="utf-8"))
    }
    assert used
    assert used <= known
