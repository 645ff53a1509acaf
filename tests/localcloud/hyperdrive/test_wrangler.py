"""Hyperdrive through the official wrangler, by its base URL alone."""

from __future__ import annotations

from cloudflare import Cloudflare

from tests.localcloud.hyperdrive.conftest import PASSWORD
from tests.localcloud.wrangler import Wrangler, needs_wrangler


@needs_wrangler
def test_configs(wrangler: Wrangler, api: Cloudflare, account: str) -> None:
    url = f"postgres://app:{PASSWORD}@db.example.com:5432/app"
    outputs = [
        wrangler.done("hyperdrive", "create", "neon", "--connection-string", url),
        wrangler.refused("hyperdrive", "create", "neon", "--connection-string", url),
        wrangler.done("hyperdrive", "list"),
    ]
    assert "2017" in outputs[1]
    assert "db.example.com" in outputs[2]
    (made,) = api.hyperdrive.configs.list(account_id=account)
    moved = ("--origin-host", "db2.example.com", "--origin-port", "6432")
    outputs.append(wrangler.done("hyperdrive", "update", made.id, "--max-age", "120", *moved))
    outputs.append(wrangler.done("hyperdrive", "get", made.id))
    assert '"max_age": 120' in outputs[-1]
    assert "db2.example.com" in outputs[-1]
    wrangler.done("hyperdrive", "delete", made.id)
    assert list(api.hyperdrive.configs.list(account_id=account)) == []
    assert not any(PASSWORD in output for output in outputs)
