"""Multipart bodies as the uploaders send them.

Read here by hand because every part's bytes, file name and content type matter: wrangler names a part after its module,
the SDK names all of them `files`, and binary modules may come without a file name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from localcloud.api.errors import BAD_JSON

_BOUNDARY: Final = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
_FIELD: Final = re.compile(r'(?:^|[;\s])(name|filename)="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_ESCAPES: Final = {"%22": '"', "%0D": "\r", "%0A": "\n", '\\"': '"', "\\\\": "\\"}
_ESCAPED: Final = re.compile(r'%22|%0D|%0A|\\"|\\\\', re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    name: str
    filename: str | None
    content_type: str | None
    content: bytes = field(repr=False)


def read_parts(content: bytes, content_type: str) -> list[Part]:
    """Raises `ApiError` 10026 when the body is not multipart."""
    match = _BOUNDARY.search(content_type)
    if match is None or "multipart/" not in content_type.lower():
        raise BAD_JSON(reason="expected multipart/form-data")
    delimiter = b"\r\n--" + match.group(1).encode("latin-1")
    sections = (b"\r\n" + content).split(delimiter)
    if len(sections) < 2:
        raise BAD_JSON(reason="the multipart boundary does not occur in the body")
    return [_part(section[2:]) for section in sections[1:] if not section.startswith(b"--")]


def _part(section: bytes) -> Part:
    head, separator, content = section.partition(b"\r\n\r\n")
    if not separator:
        raise BAD_JSON(reason="a part has no end of headers")
    headers: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").split("\r\n"):
        key, _, value = line.partition(":")
        headers[key.strip().lower()] = value.strip()
    names = {
        key.lower(): _ESCAPED.sub(lambda found: _ESCAPES[found.group().upper()], value)
        for key, value in _FIELD.findall(headers.get("content-disposition", ""))
    }
    if "name" not in names:
        raise BAD_JSON(reason="a part has no name")
    return Part(names["name"], names.get("filename"), headers.get("content-type"), content)
