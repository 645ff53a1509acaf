"""The record types: what `data` each takes, and the content that it makes.

Types with `data` take `content` in zone-file form just as well; what is kept has both, so a record reads alike
whichever way it was written.
"""

from __future__ import annotations

import ipaddress
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from localcloud.api.dns import errors
from localcloud.api.shapes import as_object, whole_number
from localcloud.api.store import Json

PROXIABLE: Final = frozenset({"A", "AAAA", "CNAME"})
_HOSTNAME: Final = re.compile(r"(?=.{1,253}$)(?:(?:\*|[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)\.)*[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")  # fmt: skip
_TXT_LENGTH: Final = 2048


@dataclass(frozen=True)
class Field:
    """One field of `data`. `written` puts it into the content, `parsed` takes it out of a zone file's word;
    `default` stands for a field that is not sent."""

    name: str
    read: Callable[[object], Any]
    """The value as it is kept, or None when it cannot be."""
    expected: str
    written: Callable[[Any], str] = str
    parsed: Callable[[str], object] = str
    default: Any = None


def _number(name: str, most: int, default: int | None = None) -> Field:
    def read(value: object) -> int | None:
        number = whole_number(value)
        return number if number is not None and 0 <= number <= most else None

    def parsed(word: str) -> object:
        return int(word) if word.isdecimal() else word

    expected = f"a whole number from 0 to {most}"
    return Field(name, read, expected, parsed=parsed, default=default)


def _measure(name: str, least: float, most: float, unit: str, default: float) -> Field:
    def read(value: object) -> float | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return value if least <= value <= most else None

    def written(value: float) -> str:
        return f"{value:.2f}{unit}" if unit else f"{value:.3f}"

    def parsed(word: str) -> object:
        try:
            return float(word.removesuffix("m"))
        except ValueError:
            return word

    return Field(name, read, f"a number from {least:g} to {most:g}", written, parsed, default)


def _text(name: str, default: str | None = None, *, quoted: bool = False) -> Field:
    def read(value: object) -> str | None:
        return value if isinstance(value, str) and (value or default is not None) else None

    def written(value: str) -> str:
        return f'"{value}"' if quoted else value

    return Field(name, read, "a text", written, default=default)


def _host(name: str) -> Field:
    def read(value: object) -> str | None:
        if value == ".":
            return "."
        return hostname(value) if isinstance(value, str) else None

    return Field(name, read, "a host name")


def _choice(name: str, *values: str) -> Field:
    def read(value: object) -> str | None:
        return value if isinstance(value, str) and value in values else None

    return Field(name, read, f"one of {', '.join(values)}")


_CERTIFICATE: Final = (
    _number("usage", 255), _number("selector", 255), _number("matching_type", 255), _text("certificate"),
)  # fmt: skip
_SERVICE: Final = (_number("priority", 65535), _host("target"), _text("value", ""))
DATA: Final[Mapping[str, tuple[Field, ...]]] = {
    "CAA": (_number("flags", 255), _text("tag"), _text("value", quoted=True)),
    "CERT": (_number("type", 65535), _number("key_tag", 65535), _number("algorithm", 255), _text("certificate")),
    "DNSKEY": (_number("flags", 65535), _number("protocol", 255), _number("algorithm", 255), _text("public_key")),
    "DS": (_number("key_tag", 65535), _number("algorithm", 255), _number("digest_type", 255), _text("digest")),
    "HTTPS": _SERVICE,
    "LOC": (
        _number("lat_degrees", 90), _number("lat_minutes", 59, 0), _measure("lat_seconds", 0, 59.999, "", 0),
        _choice("lat_direction", "N", "S"),
        _number("long_degrees", 180), _number("long_minutes", 59, 0), _measure("long_seconds", 0, 59.999, "", 0),
        _choice("long_direction", "E", "W"),
        _measure("altitude", -100_000, 42_849_672.95, "m", 0), _measure("size", 0, 90_000_000, "m", 0),
        _measure("precision_horz", 0, 90_000_000, "m", 0), _measure("precision_vert", 0, 90_000_000, "m", 0),
    ),
    "NAPTR": (
        _number("order", 65535), _number("preference", 65535), _text("flags", "", quoted=True),
        _text("service", "", quoted=True), _text("regex", "", quoted=True), _host("replacement"),
    ),
    "SMIMEA": _CERTIFICATE,
    "SRV": (_number("priority", 65535), _number("weight", 65535), _number("port", 65535), _host("target")),
    "SSHFP": (_number("algorithm", 255), _number("type", 255), _text("fingerprint")),
    "SVCB": _SERVICE,
    "TLSA": _CERTIFICATE,
    "URI": (_number("weight", 65535), _text("target", quoted=True)),
}  # fmt: skip
TYPES: Final = frozenset({"A", "AAAA", "CNAME", "MX", "NS", "OPENPGPKEY", "PTR", "TXT", *DATA})
_OUTSIDE: Final = {"SRV": "priority"}
"""A field of `data` that the API shows beside the content, not in it."""
_NAME_PARTS: Final = {"SRV": frozenset({"service", "proto", "name"})}
"""What older clients send in `data`, and is in the record's name already."""
WITH_PRIORITY: Final = frozenset({"MX", "URI"})


def hostname(text: str) -> str | None:
    """Without the dot at the end; None when it is no host name."""
    host = text.removesuffix(".")
    return host if _HOSTNAME.fullmatch(host) else None


def content_and_data(kind: str, sent: Json) -> Json:
    """`content` and, by type, `data` and `priority`, as a record keeps them. Raises `ApiError`."""
    if kind not in DATA:
        return {"content": _plain(kind, sent.get("content"))}
    given = as_object(sent.get("data"))
    data = _checked(kind, _parsed(kind, sent) if given is None else given)
    outside = _OUTSIDE.get(kind)
    shown = [f for f in DATA[kind] if f.name != outside]
    content = " ".join(part for f in shown if (part := f.written(data[f.name])) != "")
    made: Json = {"content": content, "data": data}
    if outside is not None:
        made["priority"] = data[outside]
    return made


def _checked(kind: str, given: Json) -> Json:
    fields = DATA[kind]
    known = {f.name for f in fields} | _NAME_PARTS.get(kind, frozenset())
    for name in given:
        # A URI's priority stands beside `data`; some clients repeat it inside.
        if name not in known and name != "priority":
            raise errors.BAD_DATA(type=kind, field=name, problem="not known")
    data: Json = {}
    for field in fields:
        sent = given.get(field.name)
        value = field.default if sent is None else field.read(sent)
        if value is None:
            problem = "missing" if sent is None else f"not {field.expected}"
            raise errors.BAD_DATA(type=kind, field=field.name, problem=problem)
        data[field.name] = value
    return data


def _parsed(kind: str, sent: Json) -> Json:
    """`data` from content in zone-file form, with or without the field that stands beside it."""
    content, fields = sent.get("content"), list(DATA[kind])
    if not isinstance(content, str):
        raise errors.BAD_CONTENT(type=kind)
    try:
        words = shlex.split(content)
    except ValueError as error:
        raise errors.BAD_CONTENT(type=kind) from error
    given: Json = {}
    outside = _OUTSIDE.get(kind)
    if outside is not None and len(words) == len(fields) - 1:
        given[outside] = sent.get(outside)
        fields = [field for field in fields if field.name != outside]
    if fields[-1].name == "value" and len(words) > len(fields) - 1 and kind != "CAA":
        # Parameters of a service keep their quotes and blanks.
        words = content.split(None, len(fields) - 1)
    if len(words) > len(fields):
        raise errors.BAD_CONTENT(type=kind)
    return given | {f.name: f.parsed(word) for f, word in zip(fields, words, strict=False)}


def _plain(kind: str, content: object) -> str:
    if not isinstance(content, str) or not content.strip():
        if kind == "A":
            raise errors.BAD_A()
        if kind == "AAAA":
            raise errors.BAD_AAAA()
        raise errors.BAD_CONTENT(type=kind)
    match kind:
        case "A":
            if _address(content, ipaddress.IPv4Address) is None:
                raise errors.BAD_A()
            return content
        case "AAAA":
            address = _address(content, ipaddress.IPv6Address)
            if address is None:
                raise errors.BAD_AAAA()
            return address
        case "TXT" if len(content) > _TXT_LENGTH:
            raise errors.BAD_CONTENT(type=kind)
        case "CNAME" | "MX" | "NS" | "PTR":
            if kind == "MX" and _address(content, ipaddress.ip_address) is not None:
                raise errors.ADDRESS_IN_MX()
            host = "." if kind == "MX" and content == "." else hostname(content)
            if host is None:
                raise errors.BAD_CONTENT(type=kind)
            return host
        case _:
            return content


def _address(text: str, kind: Callable[[str], object]) -> str | None:
    """In its shortest form."""
    try:
        return str(kind(text))
    except ValueError:
        return None


def is_private(kind: str, content: str) -> bool:
    """Whether Cloudflare's network could not reach it, so that it cannot be proxied."""
    if kind not in {"A", "AAAA"}:
        return False
    address = ipaddress.ip_address(content)
    return any(address in network for network in _PRIVATE if network.version == address.version)


_PRIVATE: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7",
        "fe80::/10",
    )
)  # fmt: skip
