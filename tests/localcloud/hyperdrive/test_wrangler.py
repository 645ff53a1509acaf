"""Hyperdrive through the official wrangler: what the contract (tests/localcloud/contract) leaves out."""

from __future__ import annotations

import httpx

from tests.localcloud.hyperdrive.conftest import PASSWORD
from tests.localcloud.wrangler import Wrangler, needs_wrangler


@needs_wrangler
def test_a_config_is_listed_and_updated(
    wrangler: Wrangler, http: httpx.Client, base: str, config: str
) -> None:
    listed = wrangler.done("hyperdrive", "list")
    assert config in listed
    moved = ("--origin-host", "db2.example.com", "--origin-port", "6432")
    told = wrangler.done("hyperdrive", "update", config, "--max-age", "120", *moved)
    assert PASSWORD not in listed + told
    read = http.get(base).json()["result"]
    assert (read["origin"]["host"], read["origin"]["port"]) == ("db2.example.com", 6432)
    assert read["caching"]["max_age"] == 120
    # Only what was named has changed: the password is still there, for what comes after needs it.
    assert http.patch(base, json={"origin": {"user": "other"}}).status_code == 200
