"""Content is kept once by its hash, its type judged from its bytes, its name made safe."""

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opora.config.settings import env
from opora.config.settings.web import storages
from opora.desk.kernel import files
from opora.desk.kernel.models import StoredFile

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@pytest.fixture(autouse=True)
def disk(settings: object, tmp_path: Path) -> Path:
    settings.STORAGES = storages("", tmp_path)  # type: ignore[attr-defined]
    return tmp_path


@pytest.mark.django_db
def test_it_keeps_the_same_bytes_once_and_gives_them_back(disk: Path, monday: datetime) -> None:
    one = files.keep(b"hello", declared_type="text/plain", at=monday)
    two = files.keep(b"hello", declared_type="text/html", at=monday)
    assert one == two
    assert (StoredFile.objects.count(), one.size, one.type) == (1, 5, "text/plain")
    assert files.read(one) == b"hello"
    assert (disk / one.place).read_bytes() == b"hello"


@pytest.mark.parametrize(
    ("content", "declared", "judged"),
    [
        (PNG, "text/html", "image/png"),
        (b"<svg onload=alert(1)>", "image/svg+xml", "application/octet-stream"),
        (b"<script>", "image/png", "application/octet-stream"),
        (b"a,b", "text/csv; charset=utf-8", "text/csv"),
        (b"x", "no type at all", "application/octet-stream"),
    ],
)
def test_it_believes_the_bytes_before_the_sender(content: bytes, declared: str, judged: str) -> None:
    assert files.judge_type(content, declared) == judged


@given(st.text())
def test_it_makes_any_name_safe(name: str) -> None:
    safe = files.safe_name(name)
    assert 0 < len(safe) <= files.LONGEST_NAME
    assert not set(safe) & set('/\\<>:"|?*\x00\n\r\u202e')
    assert safe not in {".", ".."}


def test_it_reads_where_files_go_from_one_address() -> None:
    found = storages("s3://key:secret@bucket?endpoint=https://store.example&region=eu", Path())["default"]
    options = found["OPTIONS"]
    assert isinstance(options, dict)
    assert (options["bucket_name"], options["endpoint_url"]) == ("bucket", "https://store.example")
    with pytest.raises(env.BadSetting, match="s3://"):
        storages("ftp://somewhere", Path())
