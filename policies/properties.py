"""A resource's properties as a rule reads them: every read is guarded, and what could not be read is noted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, cast

_UPPER: Final = re.compile(r"(?<!^)(?=[A-Z])")
_TRUE: Final = frozenset({"true", "on", "yes", "1"})
_FALSE: Final = frozenset({"false", "off", "no", "0"})


class Untold(Enum):
    """Stands where a value would, when the document or the preview does not have it."""

    UNKNOWN = "not known until it is applied"
    HIDDEN = "a secret that this document does not show"


UNKNOWN: Final = Untold.UNKNOWN
HIDDEN: Final = Untold.HIDDEN


@dataclass(frozen=True)
class Secret:
    """Around a value that is a Pulumi secret: encrypted wherever Pulumi keeps it."""

    value: Any = field(repr=False)


class _Absent:
    def __repr__(self) -> str:
        return "absent"


_ABSENT: Final = _Absent()
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Unread:
    """A place that a rule looked at and found untold."""

    place: str
    reason: Untold


@dataclass(slots=True, init=False)
class Property:
    """A value at a place in a resource's properties, or the absence of one.

    Keys are found in camelCase and in snake_case alike, since what stands in `ZoneSetting.value` is written either way.
    Reading an untold value gives None and notes the place: such a rule is pending, not passed.
    """

    _value: Any = field(repr=False)
    path: Place = ()
    is_secret: bool = False
    """It, or something around it, is a Pulumi secret."""
    notes: list[Unread] = field(default_factory=list[Unread], repr=False, compare=False)

    def __init__(
        self,
        _value: Any,
        path: Place = (),
        is_secret: bool = False,
        notes: list[Unread] | None = None,
    ) -> None:
        # One is made for each value that is read: the dataclass's own constructor takes three times as long.
        self._value = _value
        self.path = path
        self.is_secret = is_secret or type(_value) is Secret or _value is HIDDEN
        self.notes = [] if notes is None else notes

    def __getitem__(self, key: str | int) -> Property:
        value, secret = self._bare()
        found: Any = _ABSENT
        if isinstance(value, Untold):
            found = value
        elif isinstance(key, str):
            found = _by_key(mapping_of(value) or {}, key)
        else:
            listed = sequence_of(value) or ()
            found = listed[key] if -len(listed) <= key < len(listed) else _ABSENT
        return Property(found, (*self.path, key), secret, self.notes)

    def at(self, *keys: str | int) -> Property:
        found = self
        for key in keys:
            found = found[key]
        return found

    @property
    def exists(self) -> bool:
        """Whether anything stands here; also true of a value that is not known yet."""
        value = self._bare()[0]
        return value is not _ABSENT and value is not None

    @property
    def is_told(self) -> bool:
        """Whether the value, itself, can be read."""
        return not isinstance(self._bare()[0], Untold)

    @property
    def place(self) -> str:
        """`bindings[2].text`."""
        words = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path]
        return "".join(words).removeprefix(".")

    @property
    def key(self) -> str:
        """The name nearest to the value."""
        return next((part for part in reversed(self.path) if isinstance(part, str)), "")

    @property
    def text(self) -> str | None:
        value = self._read()
        return value if isinstance(value, str) else None

    @property
    def word(self) -> str | None:
        """A scalar as a word in lower case: `on`, `1.2`, `true`."""
        value = self._read()
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return str(value).strip().lower() if isinstance(value, str | int | float) else None

    @property
    def number(self) -> float | None:
        value = self._read()
        if isinstance(value, bool):
            return None
        try:
            return float(value) if isinstance(value, int | float | str) else None
        except (ValueError, OverflowError):  # an integer of 400 digits
            return None

    @property
    def flag(self) -> bool | None:
        word = self.word
        return True if word in _TRUE else False if word in _FALSE else None

    def elements(self) -> list[Property]:
        """The members of a list; none for anything else."""
        return [self[index] for index in range(len(sequence_of(self._read()) or ()))]

    def entries(self) -> list[tuple[str, Property]]:
        """The members of a mapping; none for anything else."""
        secret = self._bare()[1]
        return [
            (str(key), Property(inner, (*self.path, str(key)), secret, self.notes))
            for key, inner in (mapping_of(self._read()) or {}).items()
        ]

    def leaves(self) -> Iterator[Property]:
        """Every scalar in it, in order."""
        for leaf in self.unread_leaves():
            leaf._read()
            yield leaf

    def unread_leaves(self) -> Iterator[Property]:
        """The same, untold ones as they are: each is noted only when somebody reads it."""
        left: list[tuple[Any, Place, bool]] = [(self._value, self.path, self.is_secret)]
        while left:
            value, path, secret = left.pop()
            while isinstance(value, Secret):
                value, secret = value.value, True
            keys, items = mapping_of(value), sequence_of(value)
            if keys is not None:
                inner = [(each, (*path, str(key)), secret) for key, each in keys.items()]
                left.extend(reversed(inner))
            elif items is not None:
                inner = [(each, (*path, index), secret) for index, each in enumerate(items)]
                left.extend(reversed(inner))
            elif value is not _ABSENT and value is not None:
                yield Property(value, path, secret, self.notes)

    def parsed(self) -> Property:
        """What a JSON text holds; absent where it is none."""
        text = self.text
        try:
            value = json.loads(text) if text is not None else _ABSENT
        except (ValueError, RecursionError):
            value = _ABSENT
        return Property(value, self.path, self.is_secret or self._bare()[1], self.notes)

    def plain(self) -> Any:
        """The value without its marks, None for what is untold; for comparing, never for showing."""
        value = self._read()
        if mapping_of(value) is not None:
            return {key: inner.plain() for key, inner in self.entries()}
        if sequence_of(value) is not None:
            return [inner.plain() for inner in self.elements()]
        return value

    def _bare(self) -> tuple[Any, bool]:
        value, secret = self._value, self.is_secret
        if type(value) is not Secret:
            return value, secret
        while isinstance(value, Secret):
            value, secret = value.value, True
        return value, secret or value is HIDDEN

    def _read(self) -> Any:
        value = self._bare()[0]
        if isinstance(value, Untold):
            self.notes.append(Unread(self.place, value))
            return None
        return None if value is _ABSENT else value


_NO_MAPPINGS: Final = frozenset({str, list, int, float, bool, type(None)})
_NO_SEQUENCES: Final = frozenset({str, dict, int, float, bool, type(None)})


def mapping_of(value: object) -> Mapping[str, Any] | None:
    """The value itself where it is a mapping; its keys are taken for texts, as JSON's are."""
    if type(value) in _NO_MAPPINGS:  # asked of every value: the abstract class is slow to tell
        return None
    if type(value) is dict:
        return cast("Mapping[str, Any]", value)
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else None


def sequence_of(value: object) -> Sequence[Any] | None:
    """The value itself where it is a list."""
    if type(value) is list:
        return cast("Sequence[Any]", value)
    if type(value) in _NO_SEQUENCES:
        return None
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return cast("Sequence[Any]", value)
    return None


def _by_key(value: Mapping[str, Any], key: str) -> Any:
    if key in value:
        return value[key]
    snake = _UPPER.sub("_", key).lower()
    return value.get(snake, _ABSENT)
