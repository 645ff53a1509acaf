"""Every service of the API, in one list."""

from __future__ import annotations

from typing import Final

from localcloud.api.accounts.routes import service as accounts
from localcloud.api.durable_objects.routes import service as durable_objects
from localcloud.api.routing import Service
from localcloud.api.workers.deployment_routes import service as worker_deployments
from localcloud.api.workers.version_routes import service as worker_versions
from localcloud.api.workers.worker_routes import service as workers

SERVICES: Final[tuple[Service, ...]] = (
    accounts,
    workers,
    worker_versions,
    worker_deployments,
    durable_objects,
)
