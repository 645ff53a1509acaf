"""docs/settings.md, written from the settings themselves: `python -m settings > docs/settings.md`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic.fields import FieldInfo

from settings.fields import Named
from settings.loading import ENVIRONMENT
from settings.mistakes import model_in
from settings.model import Configuration
from settings.project import PROJECT
from settings.secrets import SECRETS, Holder

_PLAIN: Final = {bool: "true, false", str: "text", int: "whole number", float: "number"}
_NESTED: Final = {tuple: "list: {0}", dict: "{0}: {1}"}
_HEAD: Final = """# Settings

Written by `python -m settings`; the fields and their meaning stand in `settings/model.py`. All settings are checked at the
start of each run, and all mistakes are told at once; nothing is changed while there is one.

A stack's settings are the `config` of `Pulumi.<stack>.yaml`. A stack is named with up to 20 lower-case letters, digits and
dashes, and everything in the account carries its name. Only `pitchey:zone` is needed:

```yaml
config:
  pitchey:zone:
    name: pitchey-staging.example
  pitchey:worker:
    logSampling: 0.1
```
"""
_SECRETS: Final = f"""## Secrets

Secrets are in the stack's configuration too, encrypted: `pulumi config set --secret {PROJECT}:databaseUrl` asks for the value, so
that it is on no command line. In plain text they are refused. A Worker finds each of its own under its binding, and no other
one; those of the delivery are bound to none, and `pitchey` alone reads them. The local cloud makes working values by itself.
"""
_ENVIRONMENT: Final = """## Environment

What the program reads there, besides the address and the credentials of the Cloudflare provider (`CLOUDFLARE_BASE_URL`,
`CLOUDFLARE_API_TOKEN` or `CLOUDFLARE_API_KEY` and `CLOUDFLARE_EMAIL`; see [cloudflare.md](cloudflare.md)):
"""


def reference() -> str:
    """The document, whole."""
    sections = [
        part for name, field in Configuration.model_fields.items() for part in _section(name, field)
    ]
    secrets = _table(
        ("key", "binding", "of", "needed", "meaning"),
        (
            (
                f"`{PROJECT}:{key}`",
                f"`{spec.binding}`" if spec.holder is not Holder.DELIVERY else "",
                spec.holder.value,
                "yes" if spec.required else "no",
                spec.meaning,
            )
            for key, spec in SECRETS.items()
        ),
    )
    environment = _table(
        ("variable", "meaning"), ((f"`{name}`", text) for name, text in ENVIRONMENT.items())
    )
    parts = [_HEAD, *sections, _SECRETS, secrets, _ENVIRONMENT, environment]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _section(name: str, field: FieldInfo) -> Iterator[str]:
    model = model_in(field.annotation)
    if model is None:
        raise TypeError(f"{name} is no section")
    listed = " (a list)" if get_origin(field.annotation) is tuple else ""
    yield f"## `{PROJECT}:{field.alias or name}`{listed}\n\n{(model.__doc__ or '').strip()}\n"
    yield _table(
        ("key", "what it may be", "default", "meaning"),
        (
            (f"`{inner.alias or key}`", _kind_of(inner), _default(inner), inner.description or "")
            for key, inner in model.model_fields.items()
        ),
    )


def _kind_of(field: FieldInfo) -> str:
    return _kind(field.annotation, field.metadata)


def _kind(annotation: Any, metadata: Sequence[object] = ()) -> str:  # noqa: ANN401 (a type form)
    named = next((mark.words for mark in metadata if isinstance(mark, Named)), None)
    if named is not None:
        return named
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(inner[0], inner[1:])
    if origin in {Union, UnionType}:
        return _kind(next(kind for kind in inner if kind is not NoneType), metadata)
    if origin is Literal:
        return ", ".join(map(str, inner))
    if origin is None:
        return (_PLAIN.get(annotation) or "section") + _range(metadata)
    return _NESTED[origin].format(*(_kind(kind) for kind in inner if kind is not ...))


def _range(metadata: Sequence[object]) -> str:
    least = next((limit.ge for limit in metadata if isinstance(limit, Ge)), None)
    most = next((limit.le for limit in metadata if isinstance(limit, Le)), None)
    return "" if least is None else f", {least} to {most}"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.default
    return "" if value in (None, (), {}) else f"`{json.dumps(value)}`"


def _table(heads: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    )
