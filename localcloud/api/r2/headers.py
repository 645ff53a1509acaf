"""An object's metadata as HTTP headers: the API and S3 say it alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import Header, decode_header, make_header
from email.utils import format_datetime
from typing import Final

from localcloud.api.r2.objects import Description, Object

_HTTP_METADATA: Final = {
    "content-type": "contentType",
    "cache-control": "cacheControl",
    "content-disposition": "contentDisposition",
    "content-encoding": "contentEncoding",
    "content-language": "contentLanguage",
    "expires": "cacheExpiry",
}
_CUSTOM: Final = "x-amz-meta-"
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PLAIN: Final = re.compile(r"[\t\x20-\x7e]*")
API_CLASS: Final = "cf-r2-storage-class"


def described(headers: Mapping[str, str], class_header: str = API_CLASS) -> Description:
    """What a request says of the object that it puts. `class_header`: how the protocol calls the storage class."""
    return Description(
        {name: headers[header] for header, name in _HTTP_METADATA.items() if header in headers},
        {
            header.removeprefix(_CUSTOM): _decoded(text)
            for header, text in headers.items()
            if header.startswith(_CUSTOM)
        },
        headers.get(class_header),
    )


def metadata_headers(item: Object) -> dict[str, str]:
    """What was said of it when it was put; without a content type it is bytes. Names that no header can have are counted."""
    names = {name: header for header, name in _HTTP_METADATA.items()}
    told = {names[name]: _encoded(text) for name, text in item.http_metadata.items()}
    custom = item.custom_metadata.items()
    told |= {f"{_CUSTOM}{name}": _encoded(text) for name, text in custom if _TOKEN.fullmatch(name)}
    missing = sum(1 for name, _ in custom if not _TOKEN.fullmatch(name))
    if missing:
        told["x-amz-missing-meta"] = str(missing)
    return {"content-type": "application/octet-stream", **told}


def _encoded(text: str) -> str:
    """As RFC 2047 has it where a header cannot hold the text as it is."""
    return text if _PLAIN.fullmatch(text) else Header(text, "utf-8", maxlinelen=0).encode()


def _decoded(text: str) -> str:
    if "=?" not in text:
        return text
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):
        return text


def about(item: Object) -> dict[str, str]:
    """Which content it is: a validator for the next request."""
    uploaded = datetime.fromtimestamp(item.uploaded_at // 1000, UTC)
    return {
        "etag": f'"{item.etag}"',
        "last-modified": format_datetime(uploaded, usegmt=True),
    }
