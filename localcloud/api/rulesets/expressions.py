"""Expressions of rules, as far as Cloudflare's documents say what it refuses: what fields a phase knows is Cloudflare's to say.

`uuidv4()` is for rewrite expressions of Transform Rules alone, and `cf.random_seed` is the source of random bytes for it:
https://developers.cloudflare.com/ruleset-engine/rules-language/functions/#uuidv4
"""

from __future__ import annotations

import re
from typing import Final

_LONGEST: Final = 4096
_REWRITING: Final = frozenset(
    {
        "http_request_late_transform",
        "http_request_transform",
        "http_response_headers_transform",
    }
)
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_DRAWING: Final = re.compile(r"(?<![\w.])uuidv4\b(?P<seeded>\s*\(\s*cf\.random_seed\s*\))?")
_OUT_OF_PLACE: Final = "uuidv4 can only be used in rewrite expressions of Transform Rules"


def filter_problem(expression: object) -> str | None:
    """What is wrong with an expression that says which requests a rule is for."""
    if not isinstance(expression, str) or not expression.strip():
        return "an expression is needed"
    return _OUT_OF_PLACE if _drawings(expression) else _form_problem(expression)


def value_problem(expression: str, phase: str) -> str | None:
    """What is wrong with an expression that makes a header, a path, a query or the target of a redirect."""
    drawings = _drawings(expression)
    if drawings and phase not in _REWRITING:
        return _OUT_OF_PLACE
    if not all(drawing["seeded"] for drawing in drawings):
        return "uuidv4 needs cf.random_seed, the source of its random bytes"
    return _form_problem(expression)


def _drawings(expression: str) -> list[re.Match[str]]:
    return list(_DRAWING.finditer(_QUOTED.sub('""', expression)))


def _form_problem(expression: str) -> str | None:
    """Its length, brackets and quotes."""
    if len(expression) > _LONGEST:
        return f"the expression is longer than {_LONGEST} characters"
    depth, quoted, escaped = 0, False, False
    for character in expression:
        if quoted:
            quoted = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            quoted = True
        elif character in "()":
            depth += 1 if character == "(" else -1
            if depth < 0:
                break
    if quoted or depth != 0:
        return "the expression has a quote or parenthesis without its other half"
    return None
