"""The same files in an S3-compatible store, by setting alone; proved against a real HTTP server that speaks S3."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from opora.config.settings.web import storages
from opora.desk.kernel import files


@pytest.fixture
def store(settings: object) -> Iterator[str]:
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    boto3.client(
        "s3", endpoint_url=address, aws_access_key_id="k", aws_secret_access_key="s", region_name="us-east-1"
    ).create_bucket(Bucket="letters")
    settings.STORAGES = storages(f"s3://k:s@letters?endpoint={address}&region=us-east-1", Path())  # type: ignore[attr-defined]
    yield address
    server.stop()


@pytest.mark.django_db
def test_it_keeps_and_reads_files_in_an_s3_store(store: str, monday: datetime) -> None:
    kept = files.keep(b"words in a bucket", declared_type="text/plain", at=monday)
    again = files.keep(b"words in a bucket", declared_type="text/plain", at=monday)
    assert kept == again
    assert files.read(kept) == b"words in a bucket"
