"""Text of others in Markdown that GitHub shows: it says what it says, and does nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from policies.masking import masked

_PLAIN: Final = frozenset(" .,-/()'")
"""Punctuation that means nothing to Markdown within a line."""
_BREAK: Final = "\u200b"
"""Of no width: what stands on both sides of it is no name, number or address any more."""
_LINKED: Final = re.compile(r"[@#]|:(?=//)|\bwww(?=\.)|\bGH(?=-\d)", re.IGNORECASE)
_LONGEST: Final = 300


def inert(text: str, most: int = _LONGEST) -> str:
    """A text in one line, no longer than `most`: no markup, no mention, no reference, no link, and nothing that has a
    secret's shape."""
    visible = "".join(c if _is_visible(c) else " " for c in masked(text, ()))
    line = " ".join(visible.split())
    if len(line) > most:
        line = f"{line[: most - 1]}…"
    # First what GitHub makes of the finished text, then what Markdown makes of its characters.
    broken = _LINKED.sub(lambda match: match[0] + _BREAK, line)
    return "".join(c if _is_plain(c) else f"&#{ord(c)};" for c in broken)


def code(text: str, most: int = _LONGEST) -> str:
    """The same as code. In backticks it could end them."""
    return f"<code>{inert(text, most)}</code>"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table whose cells are Markdown already."""
    lines = [header, ["---"] * len(header), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def _is_plain(character: str) -> bool:
    return character.isalnum() or character in _PLAIN or ord(character) > 127


def _is_visible(character: str) -> bool:
    """Neither control characters nor those that turn a line's direction."""
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
