"""One configuration."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

PASSWORD = "hush-hush-7f3a"
ORIGIN: dict[str, Any] = {
    "scheme": "postgres",
    "host": "db.example.com",
    "port": 5432,
    "database": "app",
    "user": "app",
    "password": PASSWORD,
}


@pytest.fixture
def config(http: httpx.Client, account: str) -> str:
    """Its id."""
    path = f"/accounts/{account}/hyperdrive/configs"
    made = http.post(path, json={"name": "neon", "origin": ORIGIN}).json()["result"]
    return made["id"]


@pytest.fixture
def base(account: str, config: str) -> str:
    """The configuration's path."""
    return f"/accounts/{account}/hyperdrive/configs/{config}"
