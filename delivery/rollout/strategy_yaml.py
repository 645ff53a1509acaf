"""The text of a strategy's file as plain values, each with the line on which it stands.

Scalars are read as YAML 1.2 has them: `1:30` and `010` are not quietly made into 90 and 8.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

Place = tuple[int | str, ...]
LONGEST: Final = 64 * 1024
"""Bytes."""
_DEEPEST: Final = 20
_TAG: Final = "tag:yaml.org,2002:"
_TAGS: Final = frozenset({"str", "int", "float", "bool", "null", "timestamp", "map", "seq"})
_WORDS: Final[Mapping[str, bool | None]] = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | {
    word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")
}  # fmt: skip
_WHOLE: Final = re.compile(r"[-+]?\d{1,18}")
_NUMBER: Final = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong at a place, and what to do about it."""

    line: int
    place: Place
    said: str


@dataclass(frozen=True, slots=True)
class Written:
    """`value` is made of dicts, lists and plain scalars; None when the text is no YAML that can be worked with; `lines` are
    counted from 1, by the place of each value."""

    value: dict[str, Any] | None = None
    lines: Mapping[Place, int] = field(default_factory=dict[Place, int])
    mistakes: tuple[Mistake, ...] = ()

    def line(self, place: Place) -> int:
        """Of the value, or of the nearest that holds it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_yaml(content: bytes) -> Written:
    """All of a file; raises nothing."""
    if len(content) > LONGEST:
        return _unread(1, f"is larger than {LONGEST // 1024} KiB; a strategy is a page of text")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return _unread(line, "is no text in UTF-8; save it as such")
    try:
        return _parsed(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = f"is not YAML, {error.problem or error.context}; mend the indentation or the quotes"
        return _unread(mark.line + 1 if mark else 1, " ".join(said.split()))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return _unread(line, "has a character that YAML forbids; remove it")


def _parsed(text: str) -> Written:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            return _unread(line, "has an alias; write the values out")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            return _unread(line, "is nested too deeply; a strategy has at most six levels")
    return _read(yaml.compose(text, Loader=yaml.SafeLoader))


def _read(node: yaml.Node | None) -> Written:
    if node is None:
        return _unread(1, "is empty; it needs name and steps")
    if not isinstance(node, yaml.MappingNode):
        return _unread(node.start_mark.line + 1, "must be keys and values; it needs name and steps")
    reader = _Reader()
    value = reader.mapping(node, ())
    return Written(value, {**reader.lines, (): node.start_mark.line + 1}, tuple(reader.mistakes))


def _unread(line: int, said: str) -> Written:
    return Written(mistakes=(Mistake(line, (), said),))


class _Reader:
    def __init__(self) -> None:
        self.lines: dict[Place, int] = {}
        self.mistakes: list[Mistake] = []

    def read(self, node: yaml.Node, place: Place) -> Any:  # noqa: ANN401 (YAML)
        kind = node.tag.removeprefix(_TAG)
        if kind not in _TAGS:
            self._wrong(node, place, f"{node.tag} is no kind of value here; remove the tag")
            return None
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            items: list[Any] = []
            for index, item in enumerate(node.value):
                self.lines[*place, index] = item.start_mark.line + 1
                items.append(self.read(item, (*place, index)))
            return items
        text = str(node.value)
        if node.style is not None:  # pyright: ignore[reportAttributeAccessIssue]
            return text
        return self._scalar(node, place, text)

    def mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._wrong(key, place, "a key must be a name; quote the text if it is a value")
                continue
            name = str(key.value)
            at = (*place, name)
            if name in found:
                said = f"stands there twice, first on line {self.lines[at]}; remove one"
                self._wrong(key, at, said)
                continue
            self.lines[at] = key.start_mark.line + 1
            found[name] = self.read(value, at)
        return found

    def _scalar(self, node: yaml.Node, place: Place, text: str) -> object:
        if text in _WORDS:
            return _WORDS[text]
        if _WHOLE.fullmatch(text):
            return int(text)
        if text.lower().lstrip("+-") in {".inf", ".nan"} or (
            _NUMBER.fullmatch(text) and not math.isfinite(float(text))
        ):
            self._wrong(node, place, f"{text[:20]} is no number to count with; write a finite one")
            return None
        return float(text) if _NUMBER.fullmatch(text) else text

    def _wrong(self, node: yaml.Node, place: Place, said: str) -> None:
        self.mistakes.append(Mistake(node.start_mark.line + 1, place, said))
