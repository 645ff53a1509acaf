"""The KV namespace of a stack's flags, by Cloudflare's API: what its Workers read as FLAGS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote

from delivery.patient_api import PatientApi
from delivery.rollback.component import NowhereError
from settings.names import flags_title

_PAGES: Final = 50


@dataclass(frozen=True)
class Flags:
    """Each call raises `FailedError`, `RefusedError`; `NowhereError` where the stack has no such namespace."""

    api: PatientApi
    stack: str

    def values(self, names: Sequence[str]) -> Mapping[str, str | None]:
        """As text, which is JSON where the Worker or we have written it; None for what is not set."""
        body = {"keys": list(names), "type": "text"}
        path = f"{self._path}/bulk/get"
        told: dict[str, Any] = self.api.until_told(lambda: self.api.ask("POST", path, body))
        values: Mapping[str, Any] = told.get("values") or {}
        return {name: values.get(name) for name in names}

    def put(self, name: str, value: str) -> None:
        """`value` becomes a JSON text, as every flag is JSON."""
        path = self._value(name)
        self.api.until_told(lambda: self.api.ask("PUT", path, value))

    def delete(self, name: str) -> None:
        self.api.call("DELETE", self._value(name), missing=dict)

    def is_set(self, name: str) -> bool:
        params = {"prefix": name}
        known: list[Any] = self.api.call("GET", f"{self._path}/keys", params=params)
        return name in {key["name"] for key in known}

    def _value(self, name: str) -> str:
        return f"{self._path}/values/{quote(name, safe='')}"

    @cached_property
    def _path(self) -> str:
        title = flags_title(self.stack)
        for page in range(1, _PAGES + 1):
            params = {"page": str(page), "per_page": "100"}
            told: list[Any] = self.api.call("GET", "/storage/kv/namespaces", params=params)
            for namespace in told:
                if namespace["title"] == title:
                    return f"/storage/kv/namespaces/{namespace['id']}"
            if not told:
                break
        raise NowhereError(f"there is no KV namespace {title}")
