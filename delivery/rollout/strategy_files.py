"""Strategies on disk: the project's own in `strategies/`, those that are shipped, or any file; and as a ledger keeps them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from delivery.errors import RefusedError
from delivery.rollout.strategy import Strategy
from delivery.rollout.strategy_mistakes import mistakes_in
from delivery.rollout.strategy_yaml import LONGEST, Mistake, Place, read_yaml

_SHIPPED: Final = Path(__file__).parent / "strategies"
_OWN: Final = "strategies"
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")


def shipped() -> list[str]:
    """Names of those that come with `pitchey`, in alphabetical order."""
    return _names(_SHIPPED)


def strategies(project: Path) -> list[str]:
    """Every name that `read_strategy` knows: shipped ones and the project's own, in alphabetical order."""
    return sorted({*shipped(), *_names(project / _OWN)})


def read_strategy(name_or_path: str, project: Path) -> Strategy:
    """`strategies/NAME.yaml` of the project, else the shipped one of that name; what has a `/` or ends in `.yaml` is a path, from
    the working folder or from the project. Raises `RefusedError` with every mistake, each in a line of its own."""
    named = not re.search(r"[/\\]|\.ya?ml$", name_or_path)
    file = _of_name(name_or_path, project) if named else _of_path(name_or_path, project)
    try:
        with file.open("rb") as opened:
            content = opened.read(LONGEST + 1)
    except OSError as error:
        raise RefusedError(f"{file} cannot be read ({error.strerror})") from error
    written = read_yaml(content)
    strategy, mistakes = mistakes_in(written)
    if named and written.value is not None:
        told = written.value.get("name")
        if isinstance(told, str) and _NAME.fullmatch(told) and told != name_or_path:
            said = f'"{told}" is not the file\'s own; name it {name_or_path}, or rename the file'
            mistakes.insert(0, Mistake(written.line(("name",)), ("name",), said))
    if mistakes or strategy is None:
        raise RefusedError(_told(name_or_path, _shown(file, project), mistakes))
    return strategy


def strategy_json(strategy: Strategy) -> dict[str, Any]:
    """As a ledger's entry keeps it: every key, with its default too, so that a rollout goes on as it began."""
    return strategy.model_dump(mode="json", by_alias=True)


def strategy_from_json(told: Mapping[str, Any]) -> Strategy:
    """What `strategy_json` gave. Raises `RefusedError` for what this version does not know."""
    try:
        return Strategy.model_validate(told, by_alias=True, by_name=False)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = _key(first["loc"])
        raise RefusedError(
            f"the rollout's strategy is not one that this pitchey knows ({key or 'as a whole'})",
            "use the version of pitchey that began the rollout, or a newer one",
        ) from error


def _names(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.yaml") if _NAME.fullmatch(path.stem))


def _of_name(name: str, project: Path) -> Path:
    if _NAME.fullmatch(name):
        for folder in (project / _OWN, _SHIPPED):
            file = folder / f"{name}.yaml"
            if file.is_file():
                return file
    known = strategies(project)
    near = difflib.get_close_matches(name.lower(), known, n=1)
    raise RefusedError(
        f"there is no strategy {name!r}",
        f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}, or a file's path",
    )


def _of_path(path: str, project: Path) -> Path:
    for file in (Path(path), project / path):
        if file.is_file():
            return file
    raise RefusedError(
        f"there is no strategy's file {path}", f"use one of {', '.join(strategies(project))}"
    )


def _shown(file: Path, project: Path) -> str:
    for folder in (Path.cwd(), project):
        if file.is_absolute() and file.is_relative_to(folder):
            return str(file.relative_to(folder))
    return str(file)


def _told(name: str, file: str, mistakes: list[Mistake]) -> str:
    many = "is a mistake" if len(mistakes) == 1 else f"are {len(mistakes)} mistakes"
    lines = (_line(file, mistake) for mistake in mistakes)
    return "\n  ".join([f"there {many} in strategy {name}:", *lines])


def _line(file: str, mistake: Mistake) -> str:
    key = _key(mistake.place)
    return f"{file}:{mistake.line}: {key + ': ' if key else ''}{mistake.said}"


def _key(place: Place) -> str:
    """`steps[2].share`; lists count from 0."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{ascii(part)[1:-1]}" for part in place)
    return "".join(parts).removeprefix(".")
