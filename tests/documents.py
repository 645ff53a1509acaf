"""The project's documents as tests read them: blocks of commands and links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
_BLOCK: Final = re.compile(r"^```sh(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\]\(([^)#:]+)\)")


@dataclass(frozen=True)
class Block:
    """`label` is the word behind ```` ```sh ````; `commands` are its lines without comments."""

    label: str
    commands: tuple[str, ...]


def documents() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def blocks(document: Path) -> list[Block]:
    found: list[Block] = []
    for label, text in _BLOCK.findall(document.read_text(encoding="utf-8")):
        lines = (re.sub(r"\s+# .*", "", line).strip() for line in text.splitlines())
        found.append(Block(label, tuple(line for line in lines if line and line[0] != "#")))
    return found


def links(document: Path) -> list[str]:
    """Targets of links to files, relative to the document."""
    return _LINK.findall(document.read_text(encoding="utf-8"))
