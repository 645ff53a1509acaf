"""workerd's configuration language, as far as the edge writes it: text literals and records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

_ESCAPES: Final = {ord('"'): '\\"', ord("\\"): "\\\\", ord("\n"): "\\n", ord("\r"): "\\r"} | {
    code: f"\\x{code:02x}" for code in [*range(10), 11, 12, *range(14, 32), 127]
}


def text(value: str) -> str:
    return f'"{value.translate(_ESCAPES)}"'


def record(**fields: str | None) -> str:
    """Fields whose value is None are left out."""
    return (
        f"({', '.join(f'{name} = {value}' for name, value in fields.items() if value is not None)})"
    )


def sequence(items: Iterable[str]) -> str:
    return f"[{', '.join(items)}]"


def texts(items: Iterable[str]) -> str:
    return sequence(text(item) for item in items)


def headers(values: Mapping[str, str | None]) -> str:
    """A value of None takes the header away."""
    return sequence(
        record(name=text(name), value=None if value is None else text(value))
        for name, value in values.items()
    )
