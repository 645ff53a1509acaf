"""Templates over inputs and ids: paths of the API, ids of resources, ids for an import."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote

Json = dict[str, Any]
_FIELD: Final = re.compile(r"\{(\w+)\}")


def fill_path(template: str, values: Json) -> str:
    return _FIELD.sub(lambda found: quote(str(values[found.group(1)]), safe=""), template)


def fill_id(template: str, values: Json) -> str:
    return _FIELD.sub(lambda found: str(values[found.group(1)]), template)


def parse_import_id(template: str, id: str) -> Json | None:
    """The fields of an import id; None when it has another form. A jurisdiction may be left out (`default`)."""
    names = _FIELD.findall(template)
    literal = _FIELD.sub("{}", template).split("/")
    parts = id.split("/")
    if names[-1] == "jurisdiction" and len(parts) == len(literal) - 1:
        parts.append("default")
    if len(parts) != len(literal):
        return None
    values = [part for part, shape in zip(parts, literal, strict=True) if shape == "{}"]
    fixed = [part == shape for part, shape in zip(parts, literal, strict=True) if shape != "{}"]
    return dict(zip(names, values, strict=True)) if all(fixed) else None
