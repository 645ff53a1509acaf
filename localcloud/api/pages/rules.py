"""`_headers` and `_redirects`: their lines read as Cloudflare documents them. A line that makes no sense is ignored and told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote, urlsplit

from localcloud.edge.model import PagesHeaders, PagesRedirect

MAX_HEADER_RULES: Final = 100
MAX_STATIC: Final = 2000
MAX_DYNAMIC: Final = 100
_MAX_HEADER_LINE: Final = 2000
_MAX_REDIRECT_LINE: Final = 1000
_STATUSES: Final = frozenset({"200", "301", "302", "303", "307", "308"})
_PLACEHOLDER: Final = re.compile(r":[A-Za-z]\w*")
_STARTS_RULE: Final = re.compile(r"/|\S+://")
_ABSOLUTE: Final = re.compile(r"https://+([^/?#]+)(.*)", re.DOTALL)
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TO_INDEX: Final = re.compile(r"/index(\.html)?")
_KEPT_FILES: Final = 256
"""All sites are told anew at each change of the cloud; their rules are the same."""
_KEPT: Final = "!#$%&'()*+,/:;=?@[\\]_~|-."
"""What a URL's path, query and fragment carry as it is; the rest is percent-encoded, as a browser asks for it."""


@dataclass(frozen=True)
class Ignored:
    """`line` from 1."""

    line: int
    why: str


class _WrongError(ValueError):
    """Why a line is ignored."""


@dataclass(frozen=True)
class Headers:
    rules: tuple[PagesHeaders, ...] = ()
    ignored: tuple[Ignored, ...] = ()


@dataclass(frozen=True)
class Redirects:
    rules: tuple[PagesRedirect, ...] = ()
    ignored: tuple[Ignored, ...] = ()


def _lines(text: str, longest: int, ignored: list[Ignored]) -> Iterator[tuple[int, str]]:
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if len(line) > longest:
            ignored.append(Ignored(number, f"it has more than {longest} characters"))
            continue
        yield number, line


# `_headers`


@lru_cache(_KEPT_FILES)
def read_headers(text: str) -> Headers:
    """A line that begins with a path or a URL begins a rule; what follows are the headers that it attaches (`Name: value`)
    and detaches (`! Name`)."""
    rules: list[PagesHeaders] = []
    ignored: list[Ignored] = []
    blocks: list[tuple[int, str, list[tuple[int, str]]]] = []
    for number, line in _lines(text, _MAX_HEADER_LINE, ignored):
        if _STARTS_RULE.match(line):
            blocks.append((number, line, []))
        elif blocks:
            blocks[-1][2].append((number, line))
        else:
            ignored.append(Ignored(number, "a path has to come before a header"))
    for number, line, below in blocks:
        if len(rules) == MAX_HEADER_RULES:
            why = f"there are {MAX_HEADER_RULES} rules above, and what is below counts no more"
            ignored.append(Ignored(number, why))
            break
        try:
            pattern = _pattern(line)
        except _WrongError as error:
            ignored.append(Ignored(number, str(error)))
            continue
        rule = _headers(pattern, below, ignored)
        if rule.attached or rule.detached:
            rules.append(rule)
        else:
            ignored.append(Ignored(number, "no headers follow"))
    return Headers(tuple(rules), tuple(sorted(ignored, key=lambda told: told.line)))


def _headers(
    pattern: str, lines: Iterable[tuple[int, str]], ignored: list[Ignored]
) -> PagesHeaders:
    attached: dict[str, str] = {}
    detached: list[str] = []
    for number, line in lines:
        try:
            if line.startswith("!") and ":" not in line:
                detached.append(_name(line[1:]))
            else:
                name, value = _header(line)
                attached[name] = f"{attached[name]}, {value}" if name in attached else value
        except _WrongError as error:
            ignored.append(Ignored(number, str(error)))
    return PagesHeaders(pattern, tuple(attached.items()), tuple(detached))


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon:
        raise _WrongError("a header is written as name: value")
    if not value.strip():
        raise _WrongError("the header has no value")
    return _name(name), value.strip()


def _name(written: str) -> str:
    name = written.strip().lower()
    if _HEADER_NAME.fullmatch(name) is None:
        raise _WrongError(f"'{name}' is no name of a header")
    return name


# `_redirects`


@lru_cache(_KEPT_FILES)
def read_redirects(text: str) -> Redirects:
    """Each line a rule: where from, where to, and a status (302 when there is none). The first rule that fits is obeyed."""
    rules: list[PagesRedirect] = []
    ignored: list[Ignored] = []
    known: set[str] = set()
    static = dynamic = 0
    for number, line in _lines(text, _MAX_REDIRECT_LINE, ignored):
        try:
            rule = _redirect(line)
        except _WrongError as error:
            ignored.append(Ignored(number, str(error)))
            continue
        # Below a dynamic rule a static one counts as dynamic: it can no longer be looked up by its path alone.
        is_dynamic = dynamic > 0 or _is_dynamic(rule.pattern)
        if rule.pattern in known:
            ignored.append(Ignored(number, f"a rule above is for {rule.pattern} already"))
        elif is_dynamic and dynamic == MAX_DYNAMIC:
            why = f"there are {MAX_DYNAMIC} dynamic rules above, and what is below counts no more"
            ignored.append(Ignored(number, why))
            break
        elif not is_dynamic and static == MAX_STATIC:
            ignored.append(Ignored(number, f"there are {MAX_STATIC} static rules above"))
        else:
            dynamic, static = dynamic + is_dynamic, static + (not is_dynamic)
            known.add(rule.pattern)
            rules.append(rule)
    return Redirects(tuple(rules), tuple(ignored))


def _redirect(line: str) -> PagesRedirect:
    words = line.split()
    comment = next((i for i, word in enumerate(words) if i >= 2 and word.startswith("#")), None)
    words = words[:comment]
    if len(words) not in {2, 3}:
        raise _WrongError("a redirect is written as from, to, and a status if it is not 302")
    source, target, status = (*words, "302")[:3]
    if _ABSOLUTE.match(source):
        raise _WrongError("a redirect is from a path, not from another host")
    if not source.startswith("/"):
        source = f"/{source}"
    if status not in _STATUSES:
        raise _WrongError(f"the status is one of {', '.join(sorted(_STATUSES))}, not {status}")
    pattern = _pattern(source)
    absolute = _ABSOLUTE.match(target)
    if absolute is None and not target.startswith("/"):
        raise _WrongError(f"'{target}' is neither a path nor a URL that begins with https://")
    if absolute is None and pattern.endswith(("/", "/*")) and _ends_at_index(target):
        raise _WrongError("it would lead to itself: /index is shown as /")
    if absolute is not None and status == "200":
        raise _WrongError("only a path of the same site can be shown under another (200)")
    return PagesRedirect(pattern, quote(target, safe=_KEPT), int(status))


def _ends_at_index(target: str) -> bool:
    path = urlsplit(target).path
    return _TO_INDEX.fullmatch(path[path.rfind("/") :]) is not None


def _is_dynamic(pattern: str) -> bool:
    return "*" in pattern or _PLACEHOLDER.search(pattern) is not None


def _pattern(written: str) -> str:
    """A path or `https://host/path`, without query and fragment."""
    absolute = _ABSOLUTE.match(written)
    if absolute is None and not written.startswith("/"):
        raise _WrongError("it is neither a path nor a URL that begins with https://")
    host, path = (absolute[1], absolute[2] or "/") if absolute else ("", written)
    if re.search(r":\d+$", host):
        raise _WrongError("a rule cannot name a port")
    path = re.split(r"[?#]", path, maxsplit=1)[0] or "/"
    if not path.startswith("/"):
        path = f"/{path}"
    if written.count("*") > 1:
        raise _WrongError("a rule can have one * only")
    pattern = quote(path, safe=_KEPT)
    names = _PLACEHOLDER.findall(host + pattern)
    if len(set(names)) < len(names):
        raise _WrongError("each placeholder can be there once")
    return f"https://{host.lower()}{pattern}" if host else pattern
