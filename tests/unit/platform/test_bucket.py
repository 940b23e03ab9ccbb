"""Presigned addresses of the bucket."""

from urllib.parse import urlsplit

import pytest

from crm.platform.s3 import bucket


@pytest.mark.parametrize(
    ("region", "endpoint", "host"),
    [
        ("eu-south-1", None, "files.s3.eu-south-1.amazonaws.com"),
        ("eu-central-1", None, "files.s3.eu-central-1.amazonaws.com"),
        ("us-east-1", None, "files.s3.amazonaws.com"),
        ("cn-north-1", None, "files.s3.cn-north-1.amazonaws.com.cn"),
        ("eu-south-1", "http://localhost:4566", "localhost:4566"),
    ],
)
def test_forms_and_links_name_the_host_of_the_region(
    monkeypatch: pytest.MonkeyPatch, region: str, endpoint: str | None, host: str
) -> None:
    """S3 answers 400 to requests for Regions since 2019 at the global host."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("BUCKET", "files")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    if endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    bucket.client.cache_clear()
    try:
        url, _ = bucket.presigned_form("uploads/1", "text/plain", 1, None)
        link = bucket.presigned_link("documents/1", "a.txt", "text/plain")
    finally:
        bucket.client.cache_clear()
    assert [urlsplit(url).netloc, urlsplit(link).netloc] == [host, host]
