"""LIKE as ClickHouse has it: `%` any text, `_` any character, a backslash before what means itself."""

from __future__ import annotations

import re
from functools import lru_cache


def matches(text: str, pattern: str, folded: int) -> bool:
    return _compiled(pattern, bool(folded)).fullmatch(text) is not None


@lru_cache(64)
def _compiled(pattern: str, folded: bool) -> re.Pattern[str]:
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    known = {"%": ".*", "_": "."}
    source = "".join(known.get(part) or re.escape(part.removeprefix("\\") or "\\") for part in parts)  # fmt: skip
    return re.compile(source, re.DOTALL | (re.IGNORECASE if folded else 0))
