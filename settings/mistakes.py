"""A mistake in a setting, told in one line: the key, its value unless secret, and the mend."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

from settings.credentials import looks_like_credential, names_credential, shown, texts
from settings.model import Configuration, RecordSettings
from settings.project import PROJECT
from settings.secrets import SECRETS

Place = tuple[int | str, ...]
_ROUNDS: Final = 3
"""What lacks a part once that was wrong goes too, and what lacks that."""
_WORDS: Final = {
    "model_type": "must be a section: keys and values, indented under it",
    "dict_type": "must be a section: names and values, indented under it",
    "tuple_type": "must be a list",
    "string_type": "must be text; put it in quotes",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
}


def told(error: ValidationError, encrypted: Collection[str]) -> list[str]:
    """Lines for what pydantic found. Of what was `encrypted` nothing is repeated."""
    return [
        _told(mistake["loc"], mistake["type"], mistake["msg"], mistake["input"])
        for mistake in error.errors(include_url=False)
        if not mistake["loc"] or mistake["loc"][0] not in encrypted
    ]


def without_mistakes(raw: Mapping[str, Any]) -> Configuration | None:
    """What is left of the settings, for the rules between them to be checked as well; None when that is no whole."""
    rest: Any = raw
    for _ in range(_ROUNDS):
        try:
            return Configuration.model_validate(rest)
        except ValidationError as error:
            for mistake in error.errors():
                missing = mistake["type"] == "missing"
                rest = _without(rest, mistake["loc"][:-1] if missing else mistake["loc"])
    return None


def valid_records(raw: Mapping[str, Any]) -> dict[int, RecordSettings]:
    """By their place in the settings, since the wrong ones between them are left out."""
    found: dict[int, RecordSettings] = {}
    records = raw.get("records")
    for index, record in enumerate(records if isinstance(records, list) else ()):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        with contextlib.suppress(ValidationError):
            found[index] = RecordSettings.model_validate(record)
    return found


def _without(value: Any, place: Place) -> Any:  # noqa: ANN401 (JSON)
    """A copy without what stands at the place; None when nothing is left. Lists go whole."""
    if not place or not isinstance(value, dict):
        return None
    copy: dict[Any, Any] = {**value}
    if place[0] not in copy:
        return copy  # gone with another mistake
    inner = _without(copy.pop(place[0]), place[1:])
    return copy if inner is None else {**copy, place[0]: inner}


def key_of(place: Sequence[int | str]) -> str:
    return f"{PROJECT}:" + ".".join(ascii(str(part))[1:-1] for part in place)


def _told(place: Place, kind: str, message: str, value: object) -> str:
    key = key_of(place)
    if kind == "missing":
        return f"{key}: not set; add it to the stack's settings file"
    if kind == "extra_forbidden":
        return f"{key}: unknown; {_meant(place)}"
    reason = _WORDS.get(kind) or message.removeprefix("Value error, ").removeprefix("Input ")
    return f"{key}: {shown(place, value)} {reason[0].lower()}{reason[1:]}"


def _meant(place: Place) -> str:
    known = {_plain(name): name for name in known_names(place)}
    near = difflib.get_close_matches(_plain(str(place[-1])), known, n=1)
    if not near:
        return f"known are {', '.join(known.values())}" if known else "remove it"
    name = known[near[0]]
    if name in SECRETS and len(place) == 1:
        return f"did you mean {name}? {how_to_set(name)}"
    return f"did you mean {name}?"


def how_to_set(secret: str) -> str:
    return f"`pulumi config set --secret {PROJECT}:{secret}` asks for it"


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def known_names(place: Place) -> list[str]:
    """What could stand where `place` ends."""
    model: type[BaseModel] = Configuration
    for part in place[:-1]:
        if isinstance(part, int):
            continue
        field = next((f for n, f in model.model_fields.items() if (f.alias or n) == part), None)
        inner = model_in(field.annotation) if field is not None else None
        if inner is None:
            return []
        model = inner
    names = [field.alias or name for name, field in model.model_fields.items()]
    return [*names, *SECRETS] if model is Configuration else names


def model_in(annotation: object) -> type[BaseModel] | None:
    """The section that a field is, or is a list of."""
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def credentials_in(raw: Mapping[str, Any]) -> list[str]:
    """Lines for what looks like a credential in settings, which everybody who has the repository can read.

    Texts of DNS records are public by nature and may look like anything.
    """
    lines: list[str] = []
    for key, value in raw.items():
        if key == "records" or key not in Configuration.model_fields:
            continue
        for place, text in texts(value):
            if looks_like_credential(text) or any(map(names_credential, place)):
                lines.append(
                    f"{key_of((key, *place))}: looks like a secret, and settings are plain text; remove it from the "
                    "file and change it where it comes from (what is public says so in its name: PUBLIC_…)"
                )
    return lines


def foreign_problems(config: Mapping[str, str], encrypted: Collection[str]) -> list[str]:
    """Lines for keys of other namespaces: a misspelt `pitchey:`, or a provider's credential in plain text."""
    lines: list[str] = []
    for full, value in config.items():
        namespace, _, key = full.rpartition(":")
        if namespace == PROJECT:
            continue
        if difflib.get_close_matches(namespace.lower(), [PROJECT], cutoff=0.8):
            lines.append(f"{ascii(full)[1:-1]}: unknown; did you mean {PROJECT}:{key}?")
        elif full not in encrypted and (names_credential(key) or looks_like_credential(value)):
            lines.append(
                f"{ascii(full)[1:-1]}: stands in plain text; remove it from the file, change it where it comes from, "
                f"and set the new one with `pulumi config set --secret {ascii(full)[1:-1]}`"
            )
    return lines
