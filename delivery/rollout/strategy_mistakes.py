"""What is wrong with a strategy's values: where, what, and the mend, all of it at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast, get_args

from pydantic import BaseModel, ValidationError

from delivery.rollout.strategy import Strategy
from delivery.rollout.strategy_yaml import Mistake, Place, Written
from settings.credentials import looks_like_credential, shown, texts

_WORDS: Final = {
    "model_type": "must be a section: keys and values, indented under it",
    "model_attributes_type": "must be a section: keys and values, indented under it",
    "tuple_type": "must be a list",
    "string_type": "must be text; put it in quotes",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "decimal_type": "must be a number",
    "decimal_parsing": "must be a number",
    "greater_than": "must be above {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be below {lt}",
    "less_than_equal": "must be at most {le}",
    "decimal_max_places": "must have at most {decimal_places} decimals",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty; it needs at least {min_length}",
    "literal_error": "must be {expected}",
    "finite_number": "must be a finite number",
    "union_tag_not_found": "needs kind: {kinds}",
    "union_tag_invalid": "has no kind {tag}; use one of {expected_tags}",
}
_PATTERNS: Final = {
    "^/": "must begin with /",
    "^https?://": "must begin with https:// or http://",
    "^[a-z][a-z0-9-]{0,39}$": "must be up to 40 lower-case letters, digits and dashes, a letter first",
}
_KINDS: Final = ("prometheus", "analyticsEngine", "webhook")


def mistakes_in(written: Written) -> tuple[Strategy | None, list[Mistake]]:
    """The strategy, None when there is a mistake; mistakes in the order of their lines."""
    found = [*written.mistakes, *_secrets(written)]
    strategy, errors = (None, []) if written.value is None else _validated(written.value)
    found.extend(_told(written, error) for error in errors)
    if errors and written.value is not None and all(error["loc"] for error in errors):
        found.extend(_told(written, error) for error in _rules(written.value, errors))
    # A value that could not be read has been told already, with its reason.
    unread = {mistake.place for mistake in written.mistakes}
    kept = [m for m in found if m.place not in unread or m in written.mistakes]
    kept.sort(key=lambda mistake: mistake.line)
    return (None if kept else strategy), kept


def _validated(value: object) -> tuple[Strategy | None, list[Any]]:
    try:
        return Strategy.model_validate(value, by_alias=True, by_name=False), []
    except ValidationError as error:
        return None, [
            found
            for found in error.errors(include_url=False)
            # A list of wrong items counts as empty.
            if found["type"] != "too_short" or not found["input"]
        ]


def _rules(value: Mapping[str, Any], errors: Iterable[Any]) -> list[Any]:
    """Mistakes between keys, which are looked for only where each of them is right: so what is wrong is left out."""
    wrong = {str(error["loc"][0]) for error in errors if error["loc"]}
    rest = {"name": "rest", **value}
    rest = {key: inner for key, inner in rest.items() if key not in wrong or key == "name"}
    if "name" in wrong:
        rest["name"] = "rest"
    return [error for error in _validated(rest)[1] if not error["loc"]]


def _secrets(written: Written) -> list[Mistake]:
    found: list[Mistake] = []
    for names, text in texts(written.value):
        if looks_like_credential(text):
            place = tuple(int(name) if name.isdigit() else name for name in names)
            said = "looks like a secret, and a strategy is plain text; remove it and change it where it comes from"
            found.append(Mistake(written.line(place), place, said))
    return found


def _told(written: Written, error: Mapping[str, Any]) -> Mistake:
    kind, value = error["type"], cast("object", error["input"])
    place = _place(written, error["loc"])
    if kind == "missing":
        return Mistake(written.line(place), place, "is missing; add it")
    if kind == "extra_forbidden":
        return Mistake(written.line(place), place, f"unknown; {_meant(place)}")
    said = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    if kind == "value_error" and isinstance(value, Mapping):
        # A rule between keys begins with the key that it is about, where there is one.
        key, _, rest = said.partition(": ")
        if rest and (*place, key) in written.lines:
            place, said = (*place, key), rest
        return Mistake(written.line(place), place, said)
    context: dict[str, Any] = {"kinds": ", ".join(_KINDS), **(error.get("ctx") or {})}
    if kind == "string_pattern_mismatch":
        said = _PATTERNS.get(context["pattern"], said)
    elif kind in _WORDS:
        said = _WORDS[kind].format_map(
            {key: str(word).replace("'", "") for key, word in context.items()}
        )
    if value is None or isinstance(value, (str, int, float)):
        said = f"{shown(place, value)} {said}"
    if kind == "literal_error":
        near = _near(str(value), str(context["expected"]).split("'")[1::2])
        said += f"; did you mean {near}?" if near else ""
    return Mistake(written.line(place), place, said)


def _place(written: Written, loc: Sequence[int | str]) -> Place:
    """Without the name of the kind of source, which pydantic puts between."""
    place: Place = ()
    for index, part in enumerate(loc):
        if (*place, part) in written.lines or index == len(loc) - 1:
            place = (*place, part)
    return place


def _meant(place: Place) -> str:
    models: list[type[BaseModel]] = [Strategy]
    for part in place[:-1]:
        if isinstance(part, str):
            fields = (
                f for m in models for n, f in m.model_fields.items() if (f.alias or n) == part
            )
            models = [model for field in fields for model in _models_in(field.annotation)]
    known = [field.alias or name for model in models for name, field in model.model_fields.items()]
    near = _near(str(place[-1]), known)
    if near:
        return f"did you mean {near}?"
    return f"known are {', '.join(dict.fromkeys(known))}" if known else "remove it"


def _models_in(annotation: object) -> list[type[BaseModel]]:
    """The sections that a key may be, or be a list of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models_in(inner)]


def _near(word: str, known: Sequence[str]) -> str | None:
    plain = {_plain(name): name for name in known}
    found = difflib.get_close_matches(_plain(word), plain, n=1)
    return plain[found[0]] if found else None


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
