"""What the tests of the gate share: mistakes on purpose, what was asked of the cloud, and plain `pulumi`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Final

from localcloud.cloud import LocalCloud
from tests.integration.checkout import Checkout, Done

_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

Edits = Sequence[tuple[str, str, str]]

"""(file, what stands there, what a mistake makes of it)"""

SABOTAGED: Final[dict[str, Edits]] = {
    "require-strict-tls": [("components/zone.py", '"ssl": "strict"', '"ssl": "flexible"')],
    "require-https": [
        ("components/zone.py", '"always_use_https": "on"', '"always_use_https": "off"')
    ],
    "require-modern-tls": [
        ("components/zone.py", 'min_tls_version: str = "1.2"', 'min_tls_version: str = "1.0"')
    ],
    "require-hsts": [("components/zone.py", '"enabled": True,\n', '"enabled": False,\n')],
    "forbid-workers-dev": [("components/worker.py", "enabled=args.workers_dev", "enabled=True")],
    "protect-stored-data": [("components/kv.py", "protect=True", "protect=False")],
    "forbid-cors-writes-from-anywhere": [
        ("components/r2.py", "origins=list(args.allowed_origins)", 'origins=["*"]')
    ],
    "name-the-environment": [
        ("components/platform.py", 'name=f"{stem}-database"', 'name="pitchey-staging-database"')
    ],
    "forbid-plain-http": [
        (
            "Pulumi.production.yaml",
            "config:\n",
            "config:\n  pitchey:pages:\n    variables: {FEED: 'http://feed.pitchey.example'}\n",
        )
    ],
    "forbid-dangling-record": [
        (
            "Pulumi.production.yaml",
            "config:\n",
            "config:\n  pitchey:records:\n"
            "    - {name: old.pitchey.example, type: CNAME, content: old-shop.pages.dev, proxied: true}\n",
        )
    ],
    "require-compatibility-date": [
        (
            "components/worker.py",
            "compatibility_date=args.compatibility_date,",
            "compatibility_date=None,",
        )
    ],
}


@contextmanager
def edited(checkout: Checkout, edits: Edits) -> Generator[None]:
    before = {file: checkout.edit(file, (old, new)) for file, old, new in edits}
    try:
        yield
    finally:
        for file, text in before.items():
            (checkout.folder / file).write_text(text)


def writes(checkout: Checkout) -> list[str]:
    """Every request to the API that changes something, from the first on."""
    lines = checkout.done("local", "logs", "--json", "-n", "100000").splitlines()
    asked = [json.loads(line) for line in lines]
    return [
        f"{a['method']} {a['path']}"
        for a in asked
        if a["source"] == "api" and a["method"] not in _READS
    ]


def engine(
    checkout: Checkout, *arguments: str, extra: dict[str, str] | None = None, config: bool = True
) -> Done:
    """Plain `pulumi`, as somebody types it who points it at the local cloud."""
    cloud = LocalCloud(checkout.folder)
    environment = checkout.environment({**cloud.environment(), **(extra or {})})
    settings = ["--config-file", str(cloud.config_file("production"))] if config else []
    return subprocess.run(
        [str(cloud.engine()), *arguments, "--stack", "production", "--non-interactive", *settings],
        cwd=checkout.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
