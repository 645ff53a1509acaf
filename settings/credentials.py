"""What looks like a credential: it is refused where everybody could read it, and never repeated in an error."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable
from typing import Any, Final

_NAMES: Final = re.compile(
    r"secret|token|passw|passphrase|private[_-]?key|credential", re.IGNORECASE
)
_PUBLIC: Final = re.compile(r"public|publishable", re.IGNORECASE)
_FORMS: Final = re.compile(
    r"""
    ://[^/\s@]*:[^\s@]+@                                  # an address with a password
    | ://[^/\s@:]{16,}@                                   # or with a key, as Sentry's
    | -----BEGIN\ [A-Z ]*PRIVATE\ KEY
    | \b(sk|rk)_(live|test)_\w | \bgh[opsu]_\w{16} | \bgithub_pat_\w | \bglpat-\w | \bxox[abeprs]-\w
    | \b(AKIA|ASIA)[0-9A-Z]{16} | \bnapi_\w{16} | \bnpg_\w{8} | \bnpm_\w{16}
    | \beyJ[\w-]{8,}\.eyJ                                 # a JSON Web Token
    | (?i:secret|token|passw(or)?d|passphrase)\w*\s*=\s*[^\s$]{4}
    | \b[0-9a-fA-F]{64}\b                                 # openssl rand -hex 32
    """,
    re.VERBOSE,
)
_RUN: Final = re.compile(r"[A-Za-z0-9+/_=-]{32,}")
_FEWEST_OF_A_CASE: Final = 2
_WILD: Final = 0.4
"""Changes from one kind of character to another, per character: 0.64 where it was drawn, 0.3 in CamelCase/Paths."""
_LONGEST_SHOWN: Final = 120
_NOT_SHOWN: Final = "(not shown: it looks like a secret)"


def names_credential(name: str) -> bool:
    """Whether a variable of this name holds a credential; one that is public says so in its name."""
    return _NAMES.search(name) is not None and _PUBLIC.search(name) is None


def looks_like_credential(text: str) -> bool:
    return _FORMS.search(text) is not None or any(map(_is_drawn, _RUN.findall(text)))


def _is_drawn(run: str) -> bool:
    """Letters of both cases, digits and signs in a wild order; words, paths, hashes and UUIDs are not like that."""
    kinds = [1 if c.isupper() else 2 if c.islower() else 3 if c.isdigit() else 4 for c in run]
    if min(kinds.count(1), kinds.count(2)) < _FEWEST_OF_A_CASE:
        return False
    changes = sum(one != next_ for one, next_ in itertools.pairwise(kinds))
    return changes > _WILD * len(run)


def shown(place: Iterable[int | str], value: object) -> str:
    """A setting's value as an error may repeat it: in one short line, and never a credential."""
    if any(names_credential(str(part)) for part in place) or _holds_credential(value):
        return _NOT_SHOWN
    try:
        text = json.dumps(value, default=str)
    except RecursionError:
        return "(nested too deeply)"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def texts(value: object) -> Iterable[tuple[tuple[str, ...], str]]:
    """Every text in a value from JSON, with the names that lead to it."""
    left: list[tuple[tuple[str, ...], Any]] = [((), value)]
    while left:
        place, inner = left.pop()
        if isinstance(inner, dict):
            left.extend(((*place, str(key)), item) for key, item in inner.items())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        elif isinstance(inner, list):
            left.extend(((*place, str(index)), item) for index, item in enumerate(inner))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        elif isinstance(inner, str):
            yield place, inner


def _holds_credential(value: object) -> bool:
    return any(
        looks_like_credential(text) or any(map(names_credential, place))
        for place, text in texts(value)
    )
