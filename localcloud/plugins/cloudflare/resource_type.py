"""A resource type as a value: where it lives in the API, and what a change of it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.plugins.cloudflare.names import from_api, to_api

Json = dict[str, Any]


def _sent(body: Json) -> Json:
    converted: Json = to_api(body)
    return converted


def _read(result: Json) -> Json:
    converted: Json = from_api(result)
    return converted


@dataclass(frozen=True)
class ResourceType:
    """Paths are templates over the inputs (`{accountId}`) and, once it is made, its `{id}`.

    `create` and `update` are (method, path); without `update` every change is a replacement. Without `delete` nothing is
    sent, as the official provider does for versions, deployments and settings.
    """

    token: str
    create: tuple[str, str]
    read: str
    import_id: str
    """The id that `pulumi import` takes: `{accountId}/{id}`."""
    update: tuple[str, str] | None = None
    delete: tuple[str, str] | None = None
    delete_body: object = None
    id: str = "{id}"
    """Over the answer (as properties) and the inputs."""
    required: tuple[str, ...] = ()
    replaces: frozenset[str] = frozenset()
    """Inputs that cannot be changed in place."""
    not_sent: frozenset[str] = frozenset()
    """Inputs that are in the path, in a header or for the provider alone."""
    write_only: frozenset[str] = frozenset()
    """Inputs that the API never tells again: they are kept as they were given."""
    body: Callable[[Json], Any] = _sent
    result: Callable[[Json], Json] = _read
    read_query: Mapping[str, str] = field(default_factory=dict[str, str])
    create_query: Callable[[Json], Mapping[str, str]] = field(default=lambda _inputs: {})
    header_inputs: Mapping[str, str] = field(default_factory=dict[str, str])
    """Input → header, of every call."""
    update_headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Input → header, of the update alone."""
    secrets: tuple[str, ...] = ()
    """Paths of what is secret whoever gave it how, as the official provider's schema says: `bindings.*.text`."""
    sets: frozenset[str] = frozenset()
    """Inputs whose order says nothing."""
    answers_bare: bool = False
    """The answer to a creation or an update holds the id alone: what was made is read afterwards."""
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Outputs where neither the answer nor the inputs say anything, as the official provider's schema has them."""
    prepared: Callable[[Json], Json] = field(default=lambda inputs: inputs)
    """Inputs as Check gives them back. Raises `ValueError` for what cannot be served."""
    find: tuple[str, tuple[str, ...], Callable[[Json, Json], bool]] | None = None
    """The list in which it stands, the keys of its rows, and whether a row (as the API gives it) is the one with these
    inputs: unique names are what a creation whose answer was lost is known by."""
    pick: Callable[[Any], Json] = field(default=lambda result: result or {})
    """The object in the answer's `result`."""

    @property
    def name(self) -> str:
        return self.token.rsplit(":", 1)[-1]


def same(input_name: str, row_name: str) -> Callable[[Json, Json], bool]:
    return lambda inputs, row: inputs.get(input_name) == row.get(row_name)
