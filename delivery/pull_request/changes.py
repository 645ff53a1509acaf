"""What a preview would do, read from what `pulumi preview --json` writes. All of it may be anybody's text, of any shape."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from delivery.events import UNCHANGED
from policies.credentials import conceals_secret
from policies.documents import DocumentError, value_of
from policies.masking import MASK
from policies.properties import Property
from settings.split import VERSION_ID

Json = Mapping[str, Any]
DELETE: Final = "delete"
REPLACE: Final = "replace"
CHANGE: Final = "change"
CREATE: Final = "create"
_ORDER: Final = (DELETE, REPLACE, CHANGE, CREATE)
_WORDS: Final = {
    "update": CHANGE,
    "create": CREATE,
    "import": "import",
    "delete": DELETE,
    "create-replacement": REPLACE,
    "delete-replaced": REPLACE,
    "import-replacement": REPLACE,
    "discard-replaced": REPLACE,
    "read-replacement": REPLACE,
    "replace": REPLACE,
}
_PATH: Final = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.\[\]]+)')
_SETTINGS: Final = re.compile(
    r"bindings|env_?vars|environment|variables|secret|token|passw|credential|private|dsn|auth|key\b",
    re.IGNORECASE,
)
"""Places where any value may be one that nobody else should read."""
_TOKEN: Final = re.compile(r"[\w+/=-]{20,}")
_LONGEST: Final = 40
_HIDDEN: Final = "(not shown)"
_UNKNOWN: Final = "known after apply"
_VERSION: Final = "WorkerVersion"


@dataclass(frozen=True)
class PropertyChange:
    path: str
    before: str
    after: str
    """Values in short: what is no plain word or number, or may be a secret, is not shown."""
    replaces: bool


@dataclass(frozen=True)
class Change:
    """What happens to a resource. `operation`: delete, replace, change, create, or the engine's own word."""

    operation: str
    urn: str
    properties: Sequence[PropertyChange] = ()
    retained: bool = False
    """What is taken out of the stack stays in the cloud."""

    @property
    def name(self) -> str:
        return self.urn.rsplit("::", 1)[-1]

    @property
    def type(self) -> str:
        return type_of(self.urn)

    @property
    def is_destructive(self) -> bool:
        return self.operation not in {CHANGE, CREATE, "import"}


def type_of(urn: str) -> str:
    """`workersDeployment:WorkersDeployment` → `WorkersDeployment`."""
    parts = urn.split("::")
    return parts[2].rsplit("$", 1)[-1].rsplit(":", 1)[-1] if len(parts) > 3 else ""


def steps_of(preview: Json) -> list[Json]:
    return [step for step in items(preview.get("steps")) if isinstance(step.get("urn"), str)]


def operation_of(step: Json) -> str:
    return str(step.get("op") or "unknown")


def changes_of(steps: Sequence[Json], concealed: frozenset[str] = frozenset()) -> list[Change]:
    """Destructive ones first. Of resources in `concealed` (URNs) no value is told."""
    found: dict[tuple[str, str], list[Json]] = {}
    for step in steps:
        operation = operation_of(step)
        if operation not in UNCHANGED:
            found.setdefault((_WORDS.get(operation, operation), step["urn"]), []).append(step)
    changes = [_change(op, urn, rows, urn in concealed) for (op, urn), rows in found.items()]
    return sorted(changes, key=lambda change: (_rank(change.operation), change.urn))


def _rank(operation: str) -> int:
    # What is not known here is shown before what is harmless.
    return _ORDER.index(operation) if operation in _ORDER else (3 if operation == "import" else 1)


def _change(operation: str, urn: str, steps: Sequence[Json], concealed: bool) -> Change:
    properties: dict[str, PropertyChange] = {}
    if operation in {CHANGE, REPLACE}:
        for step in steps:
            for property in _properties(step, concealed):
                properties.setdefault(property.path, property)
    retained = any(mapping(step.get("oldState")).get("retainOnDelete") is True for step in steps)
    told = sorted(properties.values(), key=lambda p: (not p.replaces, p.path))
    if operation == REPLACE and retained and type_of(urn) == _VERSION:
        # A version is never changed: the new one is uploaded beside it.
        return Change(CREATE, urn, told, retained)
    return Change(operation, urn, told, retained and operation in {DELETE, REPLACE})


def _properties(step: Json, concealed: bool) -> Iterator[PropertyChange]:
    old, new = mapping(step.get("oldState")), mapping(step.get("newState"))
    detailed = mapping(step.get("detailedDiff"))
    reasons = {str(path) for path in _list(step.get("replaceReasons"))}
    paths = [*detailed] or [*reasons, *map(str, _list(step.get("diffReasons")))]
    if not paths and old and new:
        before, after = mapping(old.get("inputs")), mapping(new.get("inputs"))
        paths = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    for path in paths:
        kind = str(mapping(detailed.get(path)).get("kind", ""))
        yield PropertyChange(
            path,
            _shown(old, path, concealed),
            _shown(new, path, concealed),
            replaces=kind.endswith("replace") or path in reasons,
        )


def _shown(state: Json, path: str, concealed: bool) -> str:
    keys = [_key(match) for match in _PATH.finditer(path)]
    found = read(state.get("inputs")).at(*keys)
    if not found.exists:
        found = read(state.get("outputs")).at(*keys)
    return short(found, concealed=concealed or _SETTINGS.search(path) is not None)


def _key(match: re.Match[str]) -> str | int:
    quoted, index, word = match.groups()
    if quoted is not None:
        return re.sub(r"\\(.)", r"\1", quoted)
    return int(index) if index is not None and len(index) < 10 else str(word or index)


def short(property: Property, *, concealed: bool = False) -> str:
    """A value in a word, and only one that is no secret by its place, name or shape."""
    if property.is_secret or not property.exists:
        return MASK if property.is_secret else "nothing"
    if not property.is_told:
        return _UNKNOWN
    value = property.plain()
    if isinstance(value, list | dict):
        return "…"
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    # A number may be a secret, too, by its name.
    if concealed or conceals_secret(property.key, text) or _looks_random(text):
        return _HIDDEN
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _looks_random(text: str) -> bool:
    return any(
        VERSION_ID.fullmatch(word) is None
        and any(c.isdigit() for c in word)
        and any(c.isalpha() for c in word)
        for word in _TOKEN.findall(text)
    )


# Reading what may be of any shape


def read(value: object) -> Property:
    """A value with Pulumi's marks for secrets and unknowns; absent where it cannot be read."""
    try:
        return Property(value_of(value if isinstance(value, Mapping) else {}))
    except (DocumentError, RecursionError):
        return Property(None)


def mapping(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}  # pyright: ignore[reportUnknownVariableType]


def items(value: object) -> list[Json]:
    """The mappings in a list."""
    return [item for item in _list(value) if isinstance(item, Mapping)]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]
