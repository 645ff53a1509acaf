"""How each type is drawn, from the system's generator of secrets."""

from __future__ import annotations

import base64
import secrets
import string
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from localcloud.plugins.messages import UNKNOWN

Json = dict[str, Any]
_SPECIAL: Final = "!@#$%&*()-_=+[]{}<>:?"


@dataclass(frozen=True)
class Draw:
    """`draw` gives the outputs; `check` raises `ValueError` for inputs from which nothing can be drawn. `id` names the
    output that is the resource's id; what is secret has none but the word that the official provider gives."""

    draw: Callable[[Json], Json]
    check: Callable[[Json], None]
    required: tuple[str, ...] = ()
    id: str | None = None
    secrets: tuple[str, ...] = ()


def _bytes(inputs: Json) -> Json:
    drawn = secrets.token_bytes(inputs["length"])
    return {"base64": base64.b64encode(drawn).decode(), "hex": drawn.hex()}


def _id(inputs: Json) -> Json:
    drawn = secrets.token_bytes(inputs["byteLength"])
    prefix = inputs.get("prefix") or ""
    return {
        "b64Std": prefix + base64.b64encode(drawn).decode(),
        "b64Url": prefix + base64.urlsafe_b64encode(drawn).rstrip(b"=").decode(),
        "dec": prefix + str(int.from_bytes(drawn, "big")),
        "hex": prefix + drawn.hex(),
    }


def _text(inputs: Json) -> Json:
    classes = _classes(inputs)
    # The least of each class is drawn first, whether or not the class is among those that fill the rest.
    drawn = [
        secrets.choice(letters)
        for name, letters in classes.items()
        for _ in range(_least(inputs, name))
    ]
    everything = "".join(letters for name, letters in classes.items() if _is_on(inputs, name))
    drawn += [secrets.choice(everything) for _ in range(inputs["length"] - len(drawn))]
    secrets.SystemRandom().shuffle(drawn)
    settings = {name: _is_on(inputs, name) for name in classes}
    leasts = {f"min{name.title()}": _least(inputs, name) for name in classes}
    return {**settings, **leasts, "number": settings["numeric"], "result": "".join(drawn)}


def _check_text(inputs: Json) -> None:
    _check_length("length")(inputs)
    names = _classes(inputs)
    least = sum(_least(inputs, name) for name in names)
    if inputs["length"] < least:
        raise ValueError(
            f"length {inputs['length']} is below the {least} characters that are asked for at least"
        )
    if not any(_is_on(inputs, name) for name in names):
        raise ValueError(
            "a random text needs at least one class of characters: lower, upper, numeric or special"
        )


def _classes(inputs: Json) -> dict[str, str]:
    return {
        "lower": string.ascii_lowercase,
        "upper": string.ascii_uppercase,
        "numeric": string.digits,
        "special": inputs.get("overrideSpecial") or _SPECIAL,
    }


def _is_on(inputs: Json, name: str) -> bool:
    # `number` is what `numeric` was called before.
    former = inputs.get("number") if name == "numeric" else None
    return bool(_given(inputs, name, _given({"former": former}, "former", True)))


def _least(inputs: Json, name: str) -> int:
    return int(_given(inputs, f"min{name.title()}", 0))


def _given(inputs: Json, name: str, otherwise: Any) -> Any:
    return otherwise if inputs.get(name) is None else inputs[name]


def _uuid(_inputs: Json) -> Json:
    return {"result": str(uuid.uuid4())}


def _integer(inputs: Json) -> Json:
    return {"result": inputs["min"] + secrets.randbelow(inputs["max"] - inputs["min"] + 1)}


def _check_integer(inputs: Json) -> None:
    if inputs.get("seed"):
        raise ValueError(
            "seed is not served by the stand-in for the random provider: leave it out, or install the official plugin"
        )
    if inputs["min"] > inputs["max"]:
        raise ValueError(f"min {inputs['min']} is above max {inputs['max']}")


def _check_length(name: str) -> Callable[[Json], None]:
    def check(inputs: Json) -> None:
        length = inputs[name]
        if not isinstance(length, int) or length < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, and is {length}")

    return check


def _anything(_inputs: Json) -> None:
    return


def is_known(inputs: Json) -> bool:
    return UNKNOWN not in inputs.values()


DRAWS: Final[Mapping[str, Draw]] = {
    "random:index/randomBytes:RandomBytes": Draw(
        _bytes, _check_length("length"), required=("length",), secrets=("base64", "hex")
    ),
    "random:index/randomId:RandomId": Draw(
        _id, _check_length("byteLength"), required=("byteLength",), id="b64Url"
    ),
    "random:index/randomPassword:RandomPassword": Draw(
        _text, _check_text, required=("length",), secrets=("result",)
    ),
    "random:index/randomString:RandomString": Draw(
        _text, _check_text, required=("length",), id="result"
    ),
    "random:index/randomUuid:RandomUuid": Draw(_uuid, _anything, id="result"),
    "random:index/randomInteger:RandomInteger": Draw(
        _integer, _check_integer, required=("min", "max"), id="result"
    ),
}
