"""Which of a Worker's clear-text settings leak a secret, each leak told once: by value, by parts, or by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise, permutations
from typing import Final

from ...credentials.entropy import is_sum_or_id, looks_random
from ...credentials.names import Telling, telling_of
from ...credentials.reading import secret_in
from ...credentials.shapes import shape_of
from ...credentials.values import is_test_key, may_be_secret
from ...properties import Property
from .settings import Setting, environments_of

_NUMBERED: Final = re.compile(
    r"(.+?)[_.-]?(?:PART|PIECE|CHUNK|HALF|SEGMENT|FRAGMENT)?[_.-]?(?:\d{1,2}|[AB]|ONE|TWO|THREE|FIRST|SECOND|THIRD|PREFIX|SUFFIX"
    r"|HEAD|TAIL|START|END|BEGIN|LEFT|RIGHT|LO|HI|LOW|HIGH|TOP|BOTTOM|BODY|REST)",
    re.IGNORECASE,
)
_SAYS_SECRET: Final = re.compile(r"secret|passw|change.?me", re.IGNORECASE)
"""Of a `SESSION_KEY`, which may as well name an entry: it is a secret that calls itself one."""
_MOST_PARTS: Final = 4
_MOST_NEIGHBOURS: Final = 12
"""Up to so many settings each pair is joined; beyond it only neighbours are."""
_LONGEST_NAME: Final = 60
_LEAST_ACROSS: Final = 3
_BEFORE_PASSWORD: Final = re.compile(r"://[^/\s@:]*:(?!\d+$)[^/\s@]*$")
"""An address that breaks off in its password; after a host stands a port."""
_ACCESS_ID: Final = ".access"
_ACCESS_SECRET: Final = re.compile(r"[0-9a-f]{64}")


class By(Enum):
    VALUE = auto()
    PARTS = auto()
    NAME = auto()


@dataclass(frozen=True)
class Leak:
    by: By
    said: str
    at: Property


def leaks_of(settings: Sequence[Setting], *, production: bool) -> list[Leak]:
    found: list[Leak] = []
    for together in environments_of(settings):
        plain = [(setting, setting.text) for setting in together if setting.is_plain]
        told = [(setting, text) for setting, text in plain if text]
        found += _leaks(told, production=production and not any(s.of_preview for s in together))
    return found


def _leaks(told: Sequence[tuple[Setting, str]], *, production: bool) -> Iterator[Leak]:
    certain: dict[int, str] = {}
    likely: dict[int, str] = {}
    beside_access = any(text.endswith(_ACCESS_ID) for _, text in told)
    for index, (setting, text) in enumerate(told):
        found = secret_in(setting.name, text)
        in_name = shape_of(setting.name)
        if in_name is not None:
            certain[index] = f"{in_name} in its name"
        elif found is not None:
            (certain if found.certain else likely)[index] = found.what
        elif (
            beside_access
            and _ACCESS_SECRET.fullmatch(text)
            and telling_of(setting.name) is not Telling.PUBLIC
        ):
            likely[index] = "the secret of an Access service token"
    split = dict(_split(told, certain.keys()))
    begun = {_stem(told[index][0].name) for index in certain} - {None}
    for index, (setting, text) in enumerate(told):
        if index not in certain and _stem(setting.name) in begun:
            continue
        if index in certain:
            yield Leak(
                By.VALUE, _said(setting, f"holds {certain[index]} in clear text"), setting.value
            )
        elif index in split:
            if split[index]:
                yield Leak(By.PARTS, split[index], setting.value)
        elif index in likely:
            yield Leak(
                By.VALUE, _said(setting, f"holds {likely[index]} in clear text"), setting.value
            )
        elif _is_named_secret(setting.name, text, production=production):
            yield Leak(
                By.NAME, _said(setting, "is named like a secret, and in clear text"), setting.value
            )


def _said(setting: Setting, said: str) -> str:
    """With the binding's name; a variable's stands in its place already."""
    short = setting.name if len(setting.name) <= _LONGEST_NAME else ""
    return said if not short or short in setting.value.path else f"{short} {said}"


def _is_named_secret(name: str, text: str, *, production: bool) -> bool:
    """Outside production a test mode's key may stand where in production the real one would."""
    telling = telling_of(name)
    named = telling is Telling.SECRET or (
        telling is Telling.SUSPECT and _SAYS_SECRET.search(text) is not None
    )
    return named and may_be_secret(name, text) and (production or not is_test_key(text))


def _split(
    told: Sequence[tuple[Setting, str]], certain: Iterable[int]
) -> Iterator[tuple[int, str]]:
    """The settings that make a secret together: what is said at the first, nothing at the others."""
    free = [index for index in range(len(told)) if index not in set(certain)]
    done: set[int] = set()
    for group in (*_numbered(told, free), *_pairs(free)):
        if done & set(group):
            continue
        for order in permutations(group) if len(group) <= _MOST_PARTS else [group]:
            parts = [told[index] for index in order]
            by_name = (
                len(group) > 2 or _stem(parts[0][0].name) == _stem(parts[1][0].name) is not None
            )
            if _make_secret(parts, by_name=by_name):
                done |= set(group)
                first, *others = sorted(group)
                names = ", ".join(told[index][0].name for index in others)
                yield first, f"makes a secret together with {names}"
                yield from ((index, "") for index in others)
                break


def _make_secret(parts: Sequence[tuple[Setting, str]], *, by_name: bool) -> bool:
    first, *others = [text for _, text in parts]
    joined = "".join((first, *others))
    if shape_of(joined) is not None:
        if "://" in joined and not by_name:
            return _BEFORE_PASSWORD.search(first) is not None and "@" in others[0]
        return by_name or _spans(joined, first)
    if not by_name:
        return False
    name = _stem(parts[0][0].name) or ""
    telling = telling_of(name)
    if telling in {Telling.SECRET, Telling.SUSPECT} and looks_random(joined, telling=True):
        return True
    return telling is Telling.NEUTRAL and looks_random(joined) and not is_sum_or_id(joined)


def _spans(joined: str, first: str) -> bool:
    """Whether the secret begins where the first text does, and needs the second."""
    short = joined[: len(first) + _LEAST_ACROSS]
    return shape_of(short) is None and shape_of(joined[1:]) is None and len(first) >= _LEAST_ACROSS


def _numbered(told: Sequence[tuple[Setting, str]], free: Sequence[int]) -> list[tuple[int, ...]]:
    groups: dict[str, list[int]] = {}
    for index in free:
        stem = _stem(told[index][0].name)
        if stem is not None:
            groups.setdefault(stem, []).append(index)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _pairs(free: Sequence[int]) -> list[tuple[int, ...]]:
    if len(free) <= _MOST_NEIGHBOURS:
        return [(a, b) for a in free for b in free if a < b]
    return list(pairwise(free))


def _stem(name: str) -> str | None:
    match = _NUMBERED.fullmatch(name)
    return match[1].rstrip("_.-").lower() if match is not None else None
