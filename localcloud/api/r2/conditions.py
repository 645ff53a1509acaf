"""Conditions on what is stored, and ranges of it: what a Worker's `onlyIf` and `range`, HTTP and S3 all ask with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

from localcloud.api.r2 import errors

_TAG: Final = re.compile(r'\s*(W/)?"([^"]*)"\s*|\s*([^",\s]+)\s*')
_RANGE: Final = re.compile(r"bytes=\s*(\d*)\s*-\s*(\d*)\s*")


@dataclass(frozen=True)
class Tag:
    """An ETag without its quotes; `*` is any."""

    value: str
    weak: bool = False


@dataclass(frozen=True)
class Conditions:
    """Moments are Unix milliseconds. `by_seconds`: both sides are cut to seconds, as HTTP's dates are."""

    matches: tuple[Tag, ...] | None = None
    differs: tuple[Tag, ...] | None = None
    before: int | None = None
    after: int | None = None
    by_seconds: bool = False

    def hold(self, etag: str | None, uploaded: int) -> bool:
        """For an object as it is; `etag` None where there is none."""
        if etag is None:
            return self.matches is None and self.after is None
        return self.precondition_holds(etag, uploaded) and self.is_news(etag, uploaded)

    def precondition_holds(self, etag: str, uploaded: int) -> bool:
        """Whether the object is the one that is meant: If-Match, or else If-Unmodified-Since."""
        if self.matches is not None:
            return any(tag.value in {"*", etag} and not tag.weak for tag in self.matches)
        if self.before is None:
            return True
        if self.by_seconds:
            # A date of HTTP is the second that the object was modified in, at the earliest.
            return uploaded // 1000 <= self.before // 1000
        return uploaded < self.before

    def is_news(self, etag: str, uploaded: int) -> bool:
        """Whether the client has not got it yet: If-None-Match, or else If-Modified-Since."""
        if self.differs is not None:
            return not any(tag.value in {"*", etag} for tag in self.differs)
        if self.after is None:
            return True
        step = 1000 if self.by_seconds else 1
        return uploaded // step > self.after // step


def of_headers(headers: Mapping[str, str], prefix: str = "") -> Conditions | None:
    """None without any. A date that is none is ignored, as in HTTP. `prefix`: what S3 puts before them for a copy's source."""

    def tags(name: str) -> tuple[Tag, ...] | None:
        text = headers.get(prefix + name)
        return None if text is None else _tags(text)

    def moment(name: str) -> int | None:
        try:
            return round(parsedate_to_datetime(headers[prefix + name]).timestamp() * 1000)
        except (KeyError, TypeError, ValueError):
            return None

    found = Conditions(
        tags("if-match"),
        tags("if-none-match"),
        moment("if-unmodified-since"),
        moment("if-modified-since"),
        by_seconds=True,
    )
    return None if found == Conditions(by_seconds=True) else found


def _tags(text: str) -> tuple[Tag, ...]:
    return tuple(
        Tag(match[2] if match[2] is not None else match[3], bool(match[1]))
        for match in _TAG.finditer(text)
    )


@dataclass(frozen=True)
class Span:
    """`length` bytes from `offset` on."""

    offset: int
    length: int

    @property
    def last(self) -> int:
        return self.offset + self.length - 1


def span(size: int, offset: int | None, length: int | None, suffix: int | None) -> Span:
    """What of an object is asked for. Raises `ApiError` 10039 for what does not overlap it."""
    if suffix is not None:
        if suffix <= 0:
            raise errors.BAD_RANGE()
        length = min(suffix, size)
        return Span(size - length, length)
    start = offset or 0
    wanted = size - start if length is None else length
    if start < 0 or wanted < 0 or (start >= size and (size > 0 or start > 0)):
        raise errors.BAD_RANGE()
    if length is not None and length == 0:
        raise errors.BAD_RANGE()
    return Span(start, min(wanted, size - start))


def span_of_header(size: int, header: str | None) -> Span | None:
    """None for the whole: without a range, with several, or with one that is none. Raises `ApiError` 10039."""
    match = _RANGE.fullmatch(header or "")
    if match is None or match[0].strip() == "" or not (match[1] or match[2]):
        return None
    if not match[1]:
        return span(size, None, None, int(match[2]))
    first = int(match[1])
    if not match[2]:
        return span(size, first, None, None)
    if int(match[2]) < first:
        return None
    return span(size, first, int(match[2]) - first + 1, None)


def milliseconds(uploaded: str) -> int:
    """Of an object's `uploaded`."""
    return round(datetime.fromisoformat(uploaded.replace("Z", "+00:00")).timestamp() * 1000)
