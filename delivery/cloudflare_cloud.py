"""Cloudflare itself: a token and an account id from the environment, state wherever the user keeps it."""

from __future__ import annotations

import ipaddress
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from delivery.errors import RefusedError

CLOUDFLARE: Final = "cloudflare"
_TAKEN_OVER: Final = ("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID")


class CloudflareCloud:
    """Adds nothing of its own: what `pulumi up` would use is what is used."""

    def __init__(self, project: Path, environment: Mapping[str, str] | None = None) -> None:
        self.name = CLOUDFLARE
        self._project = project
        self._environment = os.environ if environment is None else environment

    def start(self, report: Callable[[str], None]) -> None:
        """Raises `RefusedError` as `access` and `engine` do."""
        self.access()
        self.engine()

    def access(self) -> dict[str, str]:
        """Raises `RefusedError` when the environment lacks the token or the account, or points at this machine."""
        missing = [name for name in _TAKEN_OVER if not self._environment.get(name)]
        if missing:
            raise RefusedError(
                f"{' and '.join(missing)} not set in the environment",
                "export them (docs/cloudflare.md says which permissions the token needs)",
            )
        base = self._environment.get("CLOUDFLARE_BASE_URL", "")
        if base and _on_this_machine(urlsplit(base).hostname or ""):
            raise RefusedError(
                f"CLOUDFLARE_BASE_URL points at this machine ({base})",
                "unset it, or run against the local cloud with --cloud local",
            )
        names = (*_TAKEN_OVER, "CLOUDFLARE_BASE_URL")
        return {name: self._environment[name] for name in names if self._environment.get(name)}

    def environment(self) -> dict[str, str]:
        return {
            key: value
            for key, value in self._environment.items()
            if key.startswith("PULUMI_") or key in _TAKEN_OVER or key == "CLOUDFLARE_BASE_URL"
        }

    def engine(self) -> Path:
        found = shutil.which("pulumi", path=self._environment.get("PATH"))
        if found is None:
            raise RefusedError(
                "pulumi is not on PATH",
                "install it from pulumi.com (against Cloudflare the official engine and plugins are used)",
            )
        return Path(found)

    def config_file(self, stack: str) -> Path:
        return self._project / f"Pulumi.{stack}.yaml"

    def working_secret(self, key: str, stack: str) -> None:
        """Only the user knows a secret of the real cloud."""

    def open_url(self, url: str) -> str:
        return url

    def resolve(self, url: str) -> tuple[str, dict[str, str]]:
        return url, {}

    def certificate_authority(self) -> None:
        """The public authorities vouch for Cloudflare's certificates."""

    def stop(self) -> list[str]:
        return []

    def erase(self) -> None:
        raise RefusedError(
            "a platform on Cloudflare is never erased whole",
            "remove `protect` where you mean it, then `pulumi destroy`",
        )


def _on_this_machine(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.rstrip(".") == "localhost" or host.rstrip(".").endswith(".localhost")
    return address.is_loopback or address.is_unspecified
