"""How each type is drawn, from the system's generator of secrets."""

from __future__ import annotations

import base64
import secrets
import string
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

Json = dict[str, Any]
_SPECIAL: Final = "!@#$%&*()-_=+[]{}<>:?"


def _bytes(inputs: Json) -> Json:
    drawn = secrets.token_bytes(int(inputs["length"]))
    return {"base64": base64.b64encode(drawn).decode(), "hex": drawn.hex()}


def _id(inputs: Json) -> Json:
    drawn = secrets.token_bytes(int(inputs["byteLength"]))
    prefix = inputs.get("prefix") or ""
    return {
        "b64Std": prefix + base64.b64encode(drawn).decode(),
        "b64Url": prefix + base64.urlsafe_b64encode(drawn).rstrip(b"=").decode(),
        "dec": prefix + str(int.from_bytes(drawn, "big")),
        "hex": prefix + drawn.hex(),
    }


def _text(inputs: Json) -> Json:
    classes = {
        "lower": string.ascii_lowercase,
        "upper": string.ascii_uppercase,
        "numeric": string.digits,
        "special": inputs.get("overrideSpecial") or _SPECIAL,
    }
    chosen = {name: letters for name, letters in classes.items() if inputs.get(name, True)}
    if not chosen:
        raise ValueError("a random text needs at least one class of characters")
    length = int(inputs["length"])
    drawn: list[str] = []
    for name, letters in chosen.items():
        drawn += [
            secrets.choice(letters) for _ in range(int(inputs.get(f"min{name.title()}") or 0))
        ]
    if len(drawn) > length:
        raise ValueError(
            f"length {length} is shorter than the characters that are asked for at least"
        )
    everything = "".join(chosen.values())
    drawn += [secrets.choice(everything) for _ in range(length - len(drawn))]
    secrets.SystemRandom().shuffle(drawn)
    return {"result": "".join(drawn)}


def _uuid(_inputs: Json) -> Json:
    return {"result": str(uuid.uuid4())}


def _integer(inputs: Json) -> Json:
    low, high = int(inputs["min"]), int(inputs["max"])
    if low > high:
        raise ValueError(f"min {low} is above max {high}")
    return {"result": low + secrets.randbelow(high - low + 1)}


DRAWS: Final[Mapping[str, Callable[[Json], Json]]] = {
    "random:index/randomBytes:RandomBytes": _bytes,
    "random:index/randomId:RandomId": _id,
    "random:index/randomPassword:RandomPassword": _text,
    "random:index/randomString:RandomString": _text,
    "random:index/randomUuid:RandomUuid": _uuid,
    "random:index/randomInteger:RandomInteger": _integer,
}
