"""The pack's configuration, `config.yaml` beside it: which stacks are production, and what a team decided for itself."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml

from .properties import mapping_of, sequence_of

CONFIG: Final = Path(__file__).parent / "config.yaml"
_NOT_YET: Final = frozenset({"non", "not", "pre"})
"""`pre-prod` is not production."""
_WORDS: Final = re.compile(r"[A-Za-z0-9]+")


class ConfigurationError(Exception):
    """A file of the pack that cannot be used: one line that says what is wrong and where."""


@dataclass(frozen=True)
class Configuration:
    """Patterns are shell patterns, as `fnmatch` knows them. `config.yaml` explains each key to who edits it."""

    production_stacks: tuple[str, ...] = (
        *("production", "production-*", "*-production", "prod", "prod-*", "*-prod"),
        *("prd", "prd-*", "*-prd", "live"),
    )
    production_words: tuple[str, ...] = ("production", "prod", "prd", "live")
    other_words: tuple[str, ...] = (
        *("staging", "stage", "stg", "development", "dev", "test", "testing", "qa", "uat"),
        *("preview", "sandbox", "demo"),
    )
    public_buckets: tuple[str, ...] = ("*assets*", "*static*", "*public*", "*cdn*", "*media*")
    unproxied_hosts: tuple[str, ...] = ()
    shared_resources: tuple[str, ...] = ()
    certificate_authorities: tuple[str, ...] = (
        *("letsencrypt.org", "pki.goog", "ssl.com", "sectigo.com", "digicert.com"),
    )
    company_domains: tuple[str, ...] = ()
    owner_tags: tuple[str, ...] = ("owner", "team")
    least_compatibility_date: date = date(2024, 9, 23)
    least_hsts_seconds: int = 15_768_000
    most_token_days: int = 365
    largest_step: float = 50.0
    """Percentage points."""

    def is_production(self, stack: str) -> bool:
        before = {word.lower() for word in _split_words(stack)} & _NOT_YET
        return not before and matches(stack, self.production_stacks)

    def environments_in(self, name: str) -> set[str]:
        """The kinds of environment that a name's words speak of: `production`, `other`, both or none.

        Whole words count: `latest` and `product` speak of nothing.
        """
        words = {word.lower() for word in _split_words(name)}
        found = {"production"} if words & set(self.production_words) else set[str]()
        return found | ({"other"} if words & set(self.other_words) else set())


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns)


def read_configuration(path: Path = CONFIG) -> Configuration:
    """The defaults where there is no file. Raises `ConfigurationError`."""
    try:
        content: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Configuration()
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path.name}: cannot be read: {_first_line(error)}") from None
    if content is None:
        return Configuration()
    keys = mapping_of(content)
    if keys is None:
        raise ConfigurationError(f"{path.name}: must be a mapping of keys to values")
    return _from(keys, path.name)


def _from(content: Mapping[Any, Any], where: str) -> Configuration:
    types = {field.name: field.type for field in fields(Configuration)}
    keys = {_camel(name): name for name in types}
    values: dict[str, Any] = {}
    for key, value in content.items():
        if key not in keys:
            raise ConfigurationError(f"{where}: {key!r} is unknown; use one of {', '.join(keys)}")
        values[keys[key]] = _typed(value, str(types[keys[key]]), f"{where}: {key}")
    return Configuration(**values)


def _typed(value: Any, type: str, where: str) -> Any:
    if type.startswith("tuple"):
        texts = sequence_of(value)
        if texts is None or not all(isinstance(text, str) for text in texts):
            raise ConfigurationError(f"{where}: must be a list of texts")
        return tuple(texts)
    if type == "date":
        if isinstance(value, date):
            return value
        raise ConfigurationError(f"{where}: must be a date like 2024-09-23")
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ConfigurationError(f"{where}: must be a number, 0 or more")
    if type == "int" and not isinstance(value, int):
        raise ConfigurationError(f"{where}: must be a whole number")
    return value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _split_words(name: str) -> list[str]:
    parts = _WORDS.findall(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))
    return [part.rstrip("0123456789") or part for part in parts]


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
