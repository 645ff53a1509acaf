"""What is to be taken away, by tag, prefix or URL, and what that is called in each cache.

The zone's cache knows tags and addresses. Redis knows tags alone (`docs/optimisations.md`), so addresses are told there by the tags of
what answers at them (`worker/src/api/pitches/cached.ts`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote_plus, urlsplit

from delivery.errors import RefusedError

LISTS: Final = "pitches"
"""The tag of every list of pitches."""
_DETAIL: Final = "pitch:"
_LIST_PATHS: Final = ("/api/pitches", "/api/pitches/trending")
_DETAIL_PATH: Final = "/api/pitches/"
_ID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_ID_BEGINS: Final = re.compile(r"[0-9a-f-]{0,36}")
_TAG: Final = re.compile(r"[!-+\--~]{1,1024}")
"""Printable, without spaces and commas: https://developers.cloudflare.com/cache/how-to/purge-cache/purge-by-tags/"""
_MADE_FOR: Final = "__made-for"


@dataclass(frozen=True)
class Serving:
    """What stands in the keys of answers that are kept now: the versions that made them, and the edition of all that is kept
    (`worker/src/cache/edition.ts`)."""

    versions: tuple[str, ...] = ()
    edition: str = ""


@dataclass(frozen=True)
class Purge:
    """`prefixes` are host and path without a scheme, `urls` whole."""

    tags: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    everything: bool = False

    def known_tags(self) -> list[str]:
        """Tags in Redis whose names are known without asking it."""
        found = list(self.tags)
        for path in (_path_of_prefix(prefix) for prefix in self.prefixes):
            if any(listed.startswith(path) for listed in _LIST_PATHS):
                found.append(LISTS)
        for url in self.urls:
            found += tags_at(urlsplit(url).path)
        return list(dict.fromkeys(found))

    def tag_beginnings(self) -> list[str]:
        """How further tags begin, which only Redis knows whole."""
        found: list[str] = []
        for path in (_path_of_prefix(prefix) for prefix in self.prefixes):
            if _DETAIL_PATH.startswith(path):
                found.append(_DETAIL)
            elif path.startswith(_DETAIL_PATH):
                begins = path.removeprefix(_DETAIL_PATH)
                if _ID_BEGINS.fullmatch(begins):
                    found.append(_DETAIL + begins)
        return found

    def files(self, serving: Serving) -> list[str]:
        """The addresses under which the zone's cache may have the URLs: as they are, and for each version that serves."""
        keys: list[str] = []
        for url in self.urls:
            keys += [url, *(_key(url, version, serving.edition) for version in serving.versions)]
        return list(dict.fromkeys(keys))

    def shown_at(self, api_url: str) -> list[str]:
        """Addresses at which one sees that it is gone."""
        paths: list[str] = []
        lists = self.everything or LISTS in self.known_tags()
        if lists:
            paths += _LIST_PATHS
        for tag in self.tags:
            if _ID.fullmatch(tag.removeprefix(_DETAIL)):
                paths.append(_DETAIL_PATH + tag.removeprefix(_DETAIL))
        for path in (_path_of_prefix(prefix) for prefix in self.prefixes):
            if tags_at(path):
                paths.append(path)
        own = [api_url.rstrip("/") + path for path in paths]
        return list(dict.fromkeys([*self.urls, *own]))

    def __str__(self) -> str:
        if self.everything:
            return "everything"
        return ", ".join(
            [*(f"tag {tag}" for tag in self.tags), *(f"{p}*" for p in self.prefixes), *self.urls]
        )


def purge_of(
    tags: Sequence[str],
    prefixes: Sequence[str],
    urls: Sequence[str],
    *,
    everything: bool,
    api_url: str,
    zone: str,
) -> Purge:
    """What somebody has asked for; an address may be a path of the API's alone. Raises `RefusedError`."""
    if everything and (tags or prefixes or urls):
        raise RefusedError("--everything is all there is", "leave out the rest, or --everything")
    if not (everything or tags or prefixes or urls):
        raise RefusedError(
            "nothing is named that is to be purged",
            "use --tag, --prefix, --url (each several times) or --everything",
        )
    for tag in tags:
        if not _TAG.fullmatch(tag):
            raise RefusedError(
                f"{tag!r} is no tag", "a tag is printable ASCII without spaces and commas"
            )
    return Purge(
        tuple(dict.fromkeys(tags)),
        tuple(dict.fromkeys(_prefix(text, api_url, zone) for text in prefixes)),
        tuple(dict.fromkeys(_url(text, api_url, zone) for text in urls)),
        everything,
    )


def tags_at(path: str) -> list[str]:
    """Of what answers at a path; none where nothing of that is kept."""
    if path in _LIST_PATHS:
        return [LISTS]
    id = path.removeprefix(_DETAIL_PATH)
    return [_DETAIL + id] if path.startswith(_DETAIL_PATH) and _ID.fullmatch(id) else []


def batches(entries: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for first in range(0, len(entries), size):
        yield entries[first : first + size]


def _url(text: str, api_url: str, zone: str) -> str:
    whole = api_url.rstrip("/") + text if text.startswith("/") else text
    parts = urlsplit(whole)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise RefusedError(
            f"{text!r} is no URL", "write https://host/path, or a path that begins with /"
        )
    _check_host(parts.hostname, zone)
    return parts._replace(fragment="").geturl()


def _prefix(text: str, api_url: str, zone: str) -> str:
    """As the zone's purge takes it: no scheme, no query."""
    host = urlsplit(api_url).netloc
    bare = host + text if text.startswith("/") else re.sub(r"^https?://", "", text)
    if "?" in bare or "#" in bare:
        raise RefusedError(f"prefix {text!r} has a query", "a prefix is a host and a path")
    parts = urlsplit(f"//{bare}")
    if not parts.hostname:
        raise RefusedError(
            f"{text!r} is no prefix", "write host/path, or a path that begins with /"
        )
    _check_host(parts.hostname, zone)
    return bare


def _check_host(host: str, zone: str) -> None:
    if host != zone and not host.endswith(f".{zone}"):
        raise RefusedError(f"{host} is not in the stack's zone {zone}", "name a host of the zone")


def _path_of_prefix(prefix: str) -> str:
    return urlsplit(f"//{prefix}").path or "/"


def _key(url: str, version: str, edition: str) -> str:
    """The key of an answer that a version has made (`worker/src/performance/keys.ts`)."""
    parts = urlsplit(url)
    query = sorted(parse_qsl(parts.query, keep_blank_values=True), key=lambda pair: pair[0])
    made_for = json.dumps([version, "", edition], separators=(",", ":"))
    pairs = [f"{_form(name)}={_form(value)}" for name, value in [*query, (_MADE_FOR, made_for)]]
    return parts._replace(query="&".join(pairs)).geturl()


def _form(text: str) -> str:
    """As a browser writes a form's field, which is how the key is written."""
    return quote_plus(text, safe="*").replace("~", "%7E")
