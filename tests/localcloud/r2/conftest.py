"""One bucket."""

from __future__ import annotations

import pytest
from cloudflare import Cloudflare

BUCKET = "uploads"


@pytest.fixture
def bucket(api: Cloudflare, account: str) -> str:
    """Its name; it is empty."""
    api.r2.buckets.create(account_id=account, name=BUCKET)
    return BUCKET


@pytest.fixture
def base(account: str, bucket: str) -> str:
    """The bucket's path."""
    return f"/accounts/{account}/r2/buckets/{bucket}"
