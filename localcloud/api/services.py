"""Every service of the API, in one list."""

from __future__ import annotations

from typing import Final

from localcloud.api.accounts.routes import service as accounts
from localcloud.api.routing import Service

SERVICES: Final[tuple[Service, ...]] = (accounts,)
