"""A stack's configuration as the engine hands it over, good from the start; each test breaks one thing."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from settings.loading import Settings, SettingsError, load
from settings.secrets import SECRETS

ACCOUNT: Final = "0123456789abcdef0123456789abcdef"
VERSIONS: Final = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")
JWT: Final = "q7Zp0vKf3mXc9RbW1nYs5tLd8uEh2oGj4aIk6lMx"
GOOD_SECRETS: Final = {
    "databaseUrl": "postgresql://pitchey:Zx81kQ@db.example/pitchey?sslmode=require",
    "upstashRedisRestUrl": "https://redis.example",
    "upstashRedisRestToken": "AXd1ASQgNTc0",
    "sentryDsn": "https://0123456789abcdef@sentry.example/1",
}
GOOD: Final[Mapping[str, Any]] = {"zone": {"name": "pitchey-staging.example"}}


class Stack:
    """A project in a folder with a bundle, and what `load` is given for one stack of it."""

    def __init__(self, folder: Path, name: str = "staging") -> None:
        self.folder = folder
        self.name = name
        self.values: dict[str, Any] = dict(GOOD)
        self.secrets: dict[str, str] = dict(GOOD_SECRETS)
        self.plain: dict[str, str] = {}
        """Full keys and texts that are not encrypted, beside `values`."""
        self.encrypted: set[str] = set()
        """Further keys that were encrypted."""
        self.environment: dict[str, str] = {"CLOUDFLARE_ACCOUNT_ID": ACCOUNT}
        dist = folder / "worker/dist"
        dist.mkdir(parents=True, exist_ok=True)
        (dist / "index.js").write_bytes(b"export default {}")
        (dist / "rollouts.js").write_bytes(b"export class Ledger {}")

    def load(self) -> Settings:
        config = {f"pitchey:{key}": as_text(value) for key, value in self.values.items()}
        secrets = {f"pitchey:{key}": value for key, value in self.secrets.items()}
        keys: Collection[str] = {*secrets, *(f"pitchey:{key}" for key in self.encrypted)}
        return load(
            {**config, **secrets, **self.plain}, keys, self.name, self.environment, self.folder
        )

    def problems(self) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            self.load()
        for problem in caught.value.problems:
            assert problem in str(caught.value)
            assert "\n" not in problem
        return caught.value.problems

    def problem(self) -> str:
        problems = self.problems()
        assert len(problems) == 1, problems
        return problems[0]


def as_text(value: object) -> str:
    """As the engine does: a text as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


assert set(GOOD_SECRETS) == {key for key, spec in SECRETS.items() if spec.required}
