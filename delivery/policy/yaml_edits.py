"""Values changed in the text of a YAML file: comments, order and everything else stay as they were written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, cast

import yaml

from policies.credentials import conceals_secret
from policies.masking import MASK

Place = Sequence[str | int]
_INDENT: Final = "  "


class EditError(Exception):
    """A text that cannot be edited without a risk to the rest of it."""


def with_value(text: str, place: Place, value: bool | float) -> str:
    """The text with one value set, also where there was none. Raises `EditError`.

    What comes out is read again: the value stands at its place, and nothing else has changed.
    """
    written = "true" if value is True else "false" if value is False else str(value)
    edited = _edited(text, place, written)
    wanted = _with(_loaded(text), place, value)
    # Told as text, since to Python 1 is True.
    if repr(_loaded(edited)) != repr(wanted):
        raise EditError("it is written in a way that only a person can change")
    return edited


def without_items(text: str, lines: Sequence[int]) -> str:
    """The text of a block list without the items that begin in these lines, counted from 1. Raises `EditError`."""
    node = _composed(text)
    if not isinstance(node, yaml.SequenceNode) or node.flow_style:
        raise EditError("it is no list with a line for each item")
    gone: set[int] = set()
    for item in node.value:
        if item.start_mark.line + 1 in lines:
            gone.update(range(item.start_mark.line, _last_line(item) + 1))
    before: list[Any] = _loaded(text)
    kept = [
        content
        for content, item in zip(before, node.value, strict=True)
        if item.start_mark.line + 1 not in lines
    ]
    rows = text.splitlines(keepends=True)
    left = "".join(row for number, row in enumerate(rows) if number not in gone)
    if not kept:
        left = left.rstrip() + f"{_line_end(text)}[]{_line_end(text)}"
        left = left.lstrip()
    if _loaded(left) != kept:
        raise EditError("it is written in a way that only a person can change")
    return left


def veiled(text: str, secret_keys: Sequence[str] = ()) -> str:
    """The text as it may be shown: values that look like secrets, by name or shape, are masked."""
    node = _composed(text)
    places = sorted(_secret_places(node, "", secret_keys), reverse=True) if node else []
    for start, end in places:
        text = f"{text[:start]}{MASK}{text[end:]}"
    return text


def _edited(text: str, place: Place, written: str) -> str:
    node = _composed(text)
    for depth, part in enumerate(place):
        inner = _inner(node, part)
        if inner is None:
            return _inserted(text, node, place[depth:], written)
        node = inner
    if not isinstance(node, yaml.ScalarNode):
        raise EditError("it is no single value")
    return text[: node.start_mark.index] + written + text[node.end_mark.index :]


def _inner(node: Any, part: str | int) -> Any:  # noqa: ANN401 (yaml's nodes have no types)
    if isinstance(part, int):
        items: list[Any] = node.value if isinstance(node, yaml.SequenceNode) else []
        return items[part] if part < len(items) else None
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    return None


def _inserted(text: str, node: Any, missing: Place, written: str) -> str:  # noqa: ANN401
    if not isinstance(node, yaml.MappingNode) or not all(isinstance(p, str) for p in missing):
        raise EditError("there is nothing to put it into")
    if node.flow_style:
        end = node.end_mark.index - 1
        nested = "".join(f"{part}: {{" for part in missing[:-1])
        told = f"{nested}{missing[-1]}: {written}{'}' * (len(missing) - 1)}"
        head = text[:end].rstrip()
        comma = "" if head.endswith(("{", ",")) else ","
        space = "" if head.endswith("{") else " "
        return f"{head}{comma}{space}{told}{text[end:]}"
    column = node.value[0][0].start_mark.column
    rows = text.splitlines(keepends=True)
    end = _line_end(text)
    last = _last_line(node)
    if not rows[last].endswith(("\n", "\r")):
        rows[last] += end
    told = [
        f"{' ' * column}{_INDENT * depth}{part}:{f' {written}' if depth == len(missing) - 1 else ''}{end}"
        for depth, part in enumerate(missing)
    ]
    return "".join([*rows[: last + 1], *told, *rows[last + 1 :]])


def _last_line(node: Any) -> int:  # noqa: ANN401
    """The line of the last thing in a node; a block's own end is where the next one begins."""
    if (
        isinstance(node, yaml.MappingNode | yaml.SequenceNode)
        and not node.flow_style
        and node.value
    ):
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last)
    mark = node.end_mark
    ends_before = mark.column == 0 and mark.line > node.start_mark.line
    return mark.line - 1 if ends_before else mark.line


def _secret_places(node: Any, key: str, secret_keys: Sequence[str]) -> list[tuple[int, int]]:  # noqa: ANN401
    if isinstance(node, yaml.ScalarNode):
        hidden = key in secret_keys or conceals_secret(key, str(node.value))
        end = node.end_mark.index
        return (
            [(node.start_mark.index, end)]
            if hidden and node.style not in {"|", ">"}
            else ([(node.start_mark.index, end - 1)] if hidden else [])
        )
    if isinstance(node, yaml.SequenceNode):
        return [place for inner in node.value for place in _secret_places(inner, key, secret_keys)]
    return [
        place
        for name, inner in node.value
        for place in _secret_places(inner, str(name.value), secret_keys)
    ]


def _with(content: Any, place: Place, value: object) -> Any:  # noqa: ANN401
    """A copy of a loaded document with one value set."""
    if not place:
        return value
    part, *rest = place
    if isinstance(part, int):
        items = list(cast("list[Any]", content))
        items[part] = _with(items[part], rest, value)
        return items
    section = dict(cast("dict[str, Any]", content or {}))
    section[part] = _with(section.get(part), rest, value)
    return section


def _composed(text: str) -> Any:  # noqa: ANN401
    try:
        return yaml.compose(text, yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise EditError("it is no YAML") from None


def _loaded(text: str) -> Any:  # noqa: ANN401
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise EditError("it is no YAML") from None


def _line_end(text: str) -> str:
    found = re.search(r"\r\n|\n", text)
    return found.group() if found else "\n"
