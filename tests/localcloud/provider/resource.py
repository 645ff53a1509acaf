"""A resource type of the official provider: the calls it makes, and how each of its attributes is declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.localcloud.provider.decoding import Attribute, Json

Call = tuple[str, str]


@dataclass(frozen=True)
class Resource:
    """Paths are filled from what was made before (`{worker}`, `{version}`), what is declared and what was answered.

    `configs`: by label. `changes`: a config's label → the attributes that the next program has instead (None: left out).
    `path_names`: attributes that are in the path and not in the body.
    """

    attributes: Mapping[str, Attribute]
    create: Call
    read: str
    configs: Mapping[str, Json]
    changes: Mapping[str, Json] = field(default_factory=dict[str, Json])
    update: Call | None = None
    delete: Call | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    bare_list: str | None = None
    """The attribute that is the whole body."""
