"""JSON as a file or a stream holds it, read strictly and within bounds: what is ambiguous is refused, not guessed at."""

from __future__ import annotations

import json
import math
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

MOST_BYTES: Final = 200_000_000
_PIECE: Final = 1 << 20
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_OUTER: Final = b"{"
_BLANK: Final = b" \t\r\n"
_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class DocumentError(Exception):
    """A document that cannot be judged: one line that says why, and quotes nothing of it that may be a secret."""


def read_object(path: Path) -> Mapping[str, Any]:
    """The JSON object in a file. One that is too large is refused before it is read. Raises `DocumentError`."""
    try:
        told = path.stat()
        if stat.S_ISREG(told.st_mode) and told.st_size > MOST_BYTES:
            raise DocumentError(_too_large(path))
        with path.open("rb") as file:
            return read_object_from(file, str(path))
    except OSError as error:
        raise DocumentError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    except ValueError:
        raise DocumentError(f"{path}: is no name of a file") from None


def read_object_from(stream: BinaryIO, name: str) -> Mapping[str, Any]:
    """The JSON object that a stream ends with. Raises `DocumentError`."""
    data = _read(stream, name)
    try:
        text = data.decode(json.detect_encoding(data)).removeprefix("\ufeff")
        del data
        content: object = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_number,
        )
        if _SURROGATE.search(text):
            _check_texts(content)
    except DocumentError as error:
        raise DocumentError(f"{name}: {error}") from None
    except RecursionError:
        raise DocumentError(f"{name}: is nested too deeply") from None
    except UnicodeDecodeError:
        raise DocumentError(f"{name}: is no JSON: its text is not in UTF-8") from None
    except json.JSONDecodeError as error:
        raise DocumentError(f"{name}: {_told(error, text)}") from None  # pyright: ignore[reportPossiblyUnboundVariable]
    except ValueError:
        raise DocumentError(f"{name}: holds a number that is too long") from None
    if not isinstance(content, dict):
        raise DocumentError(f"{name}: must be a JSON object")
    return content  # pyright: ignore[reportUnknownVariableType]


def _read(stream: BinaryIO, name: str) -> bytes:
    """Stops at the first piece of what cannot be a JSON object, and at the bound."""
    data = bytearray()
    while piece := stream.read(_PIECE):
        if not data and not _may_be_object(piece):
            raise DocumentError(f"{name}: is no JSON object")
        data += piece
        if len(data) > MOST_BYTES:
            raise DocumentError(_too_large(name))
    if not data.strip(_BLANK):
        raise DocumentError(f"{name}: is empty")
    return bytes(data)


def _may_be_object(piece: bytes) -> bool:
    start = piece.lstrip(_BLANK)
    return not start or start.startswith((_OUTER, *_MARKS)) or start[:2] == b"\0{"


def _too_large(name: object) -> str:
    return f"{name}: is larger than {MOST_BYTES // 1_000_000} MB"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise DocumentError("an object in it has one key twice")
    return found


def _constant(name: str) -> float:
    raise DocumentError(f"{name} stands where JSON has a number")


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise DocumentError("holds a number that is too large")
    return value


def _check_texts(content: object) -> None:
    left: list[object] = [content]
    while left:
        here = left.pop()
        if isinstance(here, str):
            try:
                here.encode()
            except UnicodeEncodeError:
                raise DocumentError("a text in it is no Unicode: half a surrogate pair") from None
        elif isinstance(here, dict):
            left.extend(here)  # pyright: ignore[reportUnknownArgumentType]
            left.extend(here.values())  # pyright: ignore[reportUnknownArgumentType]
        elif isinstance(here, list):
            left.extend(here)  # pyright: ignore[reportUnknownArgumentType]


def _told(error: json.JSONDecodeError, text: str) -> str:
    if error.msg == "Extra data":
        return "holds more than one JSON value"
    if error.msg.startswith("Unterminated string") or not text[error.pos :].strip():
        return "is cut short: the JSON ends in the middle"
    return f"is no JSON (line {error.lineno}, column {error.colno})"
