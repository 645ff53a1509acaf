"""Expressions of Cloudflare's rules language, as far as a policy has to understand them: which requests they mean."""

from __future__ import annotations

import re
from typing import Final

_TEXT: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_FIELD: Final = re.compile(r"\b(?:http|raw\.http|ip|cf|ssl|tls|tcp)\b[\w.]*")
_FUNCTION: Final = re.compile(
    r'(not\s+)?(?:starts_with|ends_with)\(\s*(?:lower\()?([\w.]+)\)?\s*,\s*"([^"]*)"'
)
_COMPARISON: Final = re.compile(
    r"(not\s+)?\(?\s*(?:lower\()?\b((?:raw\.)?http\.[\w.]+)\)?\s+"
    r"(not\s+in|in|eq|ne|==|!=|contains|matches|~|strict\s+wildcard|wildcard)\s+"
    r'(\{[^}]*\}|r?"[^"]*")'
)
_PATHS: Final = ("http.request.uri", "http.request.full_uri", "raw.http.request.uri")
_VISITORS: Final = ("http.cookie", "http.request.cookies", "authorization")
_EVERYBODY: Final = frozenset({"http.host", "ssl", "http.request.method", "http.request.version"})
_PRIVATE: Final = re.compile(
    r"^\^?\*?/(?:$|\*|\.\*|\(?(?:api|graphql|account|admin|login|logout|auth|me|user|users|profile"
    r"|session|sessions|cart|checkout|orders|dashboard)(?:$|[/*)|?.]))"
)
_PUBLIC: Final = re.compile(r"^/api/(?:[^/]+/)?(?:public|static|assets|docs|openapi|images)\b")
_STATIC_HOST: Final = re.compile(r"\b(?:static|assets?|cdn|img|images|media|files|downloads?)\b")


def is_for_everybody(expression: str) -> bool:
    """Whether it says nothing of path, address or visitor: `true`, or a whole host."""
    bare = _TEXT.sub('""', expression).strip().strip("() ").lower()
    fields = set(_FIELD.findall(bare))
    return bare == "true" or (bool(fields) and fields <= _EVERYBODY)


def reaches_private_paths(expression: str) -> bool:
    """Whether it means pages that differ from visitor to visitor, as their path says, or any page at all."""
    text = expression.lower()
    if any(field in text for field in _VISITORS) or text.strip() == "false":
        return False
    if "extension" in text and " or " not in text:
        return False
    paths = _tests_of_paths(text)
    if not paths and not _mentions_path(text):
        return not _STATIC_HOST.search(text)
    return any(_PRIVATE.match(path) and not _PUBLIC.match(path) for path in paths)


def _mentions_path(text: str) -> bool:
    return any(field in text for field in _PATHS)


def _tests_of_paths(text: str) -> list[str]:
    """What paths are compared with, where the comparison lets a request in."""
    found: list[str] = []
    for negated, field, path in _FUNCTION.findall(text):
        if field.startswith(_PATHS) and not negated and path.startswith(("/", "http")):
            found.append(path)
    for negated, field, operator, value in _COMPARISON.findall(text):
        is_negative = bool(negated) != (operator in {"ne", "!="} or operator.startswith("not"))
        if field.startswith(_PATHS) and not is_negative:
            found += [literal.strip('"') for literal in _TEXT.findall(value)]
    return [re.sub(r"^https?://[^/]*", "", path) for path in found]
