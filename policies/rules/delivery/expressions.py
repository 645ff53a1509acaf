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
_EVERYBODY: Final = frozenset(
    {"http.host", "ssl", "http.request.method", "http.request.version", "cf.zone.name"}
    | {"cf.zone.plan"}
)
_ANY_ADDRESS: Final = re.compile(r"[{ ](?:0\.0\.0\.0|::)/0\b")
_HOST_OF_URL: Final = re.compile(r"^http[^/]*://([^/]*)")
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
    if bare == "true" or _ANY_ADDRESS.search(bare):
        return True
    return bool(fields) and fields <= _EVERYBODY


def reaches_private_paths(expression: str) -> bool:
    """Whether it means pages that differ from visitor to visitor, as their path says, or any page at all."""
    text = expression.lower()
    if any(field in text for field in _VISITORS) or text.strip() == "false":
        return False
    if " or " not in text and ("extension" in text or _is_of_static_host(text)):
        return False
    paths = _tests_of_paths(text)
    if not paths and not _mentions_path(text):
        return not _is_of_static_host(text)
    return any(_PRIVATE.match(path) and not _PUBLIC.match(path) for path in paths)


def _is_of_static_host(text: str) -> bool:
    """Whether it compares the host with names that speak of files alone."""
    hosts = [
        literal
        for negated, field, operator, value in _COMPARISON.findall(text)
        if field == "http.host" and not negated and operator not in {"ne", "!="}
        for literal in _TEXT.findall(value)
    ]
    return bool(hosts) and all(_STATIC_HOST.search(host) for host in hosts)


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
    urls = [_HOST_OF_URL.match(path) for path in found]
    return [
        path.removeprefix(url.group()) if url else path
        for path, url in zip(found, urls, strict=True)
        if not url or not _STATIC_HOST.search(url[1])
    ]
