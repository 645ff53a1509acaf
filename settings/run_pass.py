"""The pass of one run: the gate issues it, and the program asks for it before it changes production."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

GATE: Final = "PITCHEY_GATE"
_HANDED_OVER: Final = re.compile(r"([a-z][a-z0-9-]*)/([A-Za-z0-9_-]{32,})")


@contextmanager
def issued_pass(project: Path, cloud: str, stack: str) -> Generator[dict[str, str]]:
    """The variable that lets one run through, good for as long as the block lasts."""
    word = secrets.token_urlsafe(32)
    kept = _kept(project, cloud, stack)
    kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept.write_text(_digest(word), encoding="utf-8")
    try:
        yield {GATE: f"{cloud}/{word}"}
    finally:
        kept.unlink(missing_ok=True)


def is_passed(handed_over: str, project: Path, stack: str) -> bool:
    match = _HANDED_OVER.fullmatch(handed_over)
    if match is None:
        return False
    cloud, word = match.groups()
    try:
        kept = _kept(project, cloud, stack).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    return hmac.compare_digest(kept.strip(), _digest(word))


def _kept(project: Path, cloud: str, stack: str) -> Path:
    return project / ".pitchey" / "runs" / cloud / f"{stack}.pass"


def _digest(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()
