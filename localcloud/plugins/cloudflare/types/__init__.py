"""Every resource type that the stand-in serves, by its token."""

from __future__ import annotations

from typing import Final

from localcloud.plugins.cloudflare.resource_type import ResourceType
from localcloud.plugins.cloudflare.types import alerting, data, pages, workers, zones

TYPES: Final[dict[str, ResourceType]] = {
    kind.token: kind
    for family in (workers.TYPES, data.TYPES, pages.TYPES, zones.TYPES, alerting.TYPES)
    for kind in family
}
