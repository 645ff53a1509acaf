"""The clouds that the program can run against, and how one is chosen.

Clouds join by the entry point `pitchey.clouds`, so that the product imports nothing of the local one.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol

from delivery.cloudflare_cloud import CLOUDFLARE, CloudflareCloud
from delivery.errors import RefusedError

Report = Callable[[str], None]
ENTRY_POINTS: Final = "pitchey.clouds"


class Cloud(Protocol):
    """What a cloud gives to whoever runs the program against it.

    Whatever it raises on purpose has `exit_status` and says in one line what is wrong and what to do.
    """

    @property
    def name(self) -> str: ...

    def start(self, report: Report) -> None:
        """Makes all ready that a run of the program needs; idempotent. `report` is told what is being waited for."""
        ...

    def environment(self) -> Mapping[str, str]:
        """What the engine's process gets on top of an environment without any `CLOUDFLARE_*` or `PULUMI_*`."""
        ...

    def access(self) -> Mapping[str, str]:
        """Of that, what any client of the API needs: `CLOUDFLARE_API_TOKEN`, `_ACCOUNT_ID` and `_BASE_URL` where it is not
        Cloudflare's. Asks neither the engine nor the plugins."""
        ...

    def engine(self) -> Path:
        """The engine's executable."""
        ...

    def config_file(self, stack: str) -> Path:
        """The file that holds the stack's configuration for this cloud, secrets encrypted."""
        ...

    def working_secret(self, key: str, stack: str) -> str | None:
        """A value for a secret that the user has not set; None where only the user can know it."""
        ...

    def open_url(self, url: str) -> str:
        """The URL that opens a public one from this machine."""
        ...

    def resolve(self, url: str) -> tuple[str, Mapping[str, str]]:
        """Where a client on this machine asks for a public URL, and the headers it sends (`host`, where it differs)."""
        ...

    def certificate_authority(self) -> Path | None:
        """The file of the authority that vouches for the cloud's certificates; None for the public ones."""
        ...

    def stop(self) -> list[str]:
        """Ends every process that `start` started; names what was ended."""
        ...

    def erase(self) -> None:
        """Removes the cloud with all that is in it."""
        ...


def find_cloud(name: str, project: Path) -> Cloud:
    """Raises `RefusedError` for a cloud that is not installed."""
    if name == CLOUDFLARE:
        return CloudflareCloud(project)
    found = importlib.metadata.entry_points(group=ENTRY_POINTS)
    for entry in found:
        if entry.name == name:
            cloud: Cloud = entry.load()(project)
            return cloud
    known = sorted({CLOUDFLARE, *(entry.name for entry in found)})
    raise RefusedError(f"there is no cloud {name!r}", f"use one of {', '.join(known)}")
