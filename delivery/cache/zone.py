"""The zone's cache, taken away from by Cloudflare's API: https://developers.cloudflare.com/api/resources/cache/methods/purge/"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from delivery.cache.purge import Purge, Serving, batches
from delivery.patient_api import PatientApi

_AT_ONCE: Final = 30
"""As many as every plan takes in one call."""


@dataclass(frozen=True)
class ZoneCache:
    api: PatientApi
    zone_id: str

    def purge(self, wanted: Purge, serving: Serving) -> int:
        """How many calls it took. What `serving` names has keys of its own. Raises `DeliveryError`."""
        if wanted.everything:
            self._ask({"purge_everything": True})
            return 1
        calls = 0
        kinds: Mapping[str, Sequence[str]] = {
            "tags": wanted.tags,
            "prefixes": wanted.prefixes,
            "files": wanted.files(serving),
        }
        for kind, entries in kinds.items():
            for some in batches(entries, _AT_ONCE):
                self._ask({kind: list(some)})
                calls += 1
        return calls

    def _ask(self, body: object) -> None:
        path = f"/zones/{self.zone_id}/purge_cache"
        self.api.until_told(lambda: self.api.ask("POST", path, body))
