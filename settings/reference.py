"""docs/settings.md, written from the settings themselves: `python -m settings > docs/settings.md`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel
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
_NEWS: Final = f"""## News of rollouts

Each entry of `notify` in `{PROJECT}:rollouts` is somebody who hears of rollouts and rollbacks, with secrets of its own: `slack`
needs `slackWebhookUrl`, `email` needs `smtpUrl`, `webhook` needs `webhookUrl` and `webhookSecret`, `github` needs `githubToken`.
`{PROJECT} notify staging` sends all of them a test.

All news carry the severity, the numbers (share, errors and p95 of both versions with the requests counted, the verdicts that
decided, the time since the start) and where one reads on: a link (`newsLink`, or the page of the run of GitHub Actions), and the
command that makes the rollout's page. GitHub gets them as a deployment's status: severity and numbers in its description, the
link as `log_url`, the API's address as `environment_url`. A rehearsal tells nobody, and prints what it would have told;
`{PROJECT} rehearse --notify` sends it, with `[rehearsal]` before each title, and never to GitHub.

A webhook is a `POST` of a JSON object. Its header `Pitchey-Delivery` is the same for each try of the same news. Its header
`Pitchey-Signature` is `t=<Unix seconds>,v1=<hex>`: HMAC-SHA256 of `<t>.<body as it came>` under `webhookSecret`. Its receiver
computes the same, compares in constant time, and refuses a `t` that is more than five minutes away from its clock:

```python
import hashlib, hmac, time


def is_ours(header: str, body: bytes, secret: str) -> bool:
    told = dict(pair.split("=", 1) for pair in header.split(","))
    signed = hmac.new(secret.encode(), told["t"].encode() + b"." + body, hashlib.sha256)
    fresh = abs(time.time() - int(told["t"])) < 300
    return fresh and hmac.compare_digest(signed.hexdigest(), told["v1"])
```

The object's fields; what is not known is null, and what a receiver does not know it passes over:

| field | value |
| --- | --- |
| `version` | 1, as long as no field changes its meaning |
| `id` | of the news: the same for each try |
| `severity` | `info`, `warning`, `error` |
| `state` | `started`, `progress`, `paused`, `resumed`, `returned`, `aborted`, `finished`, `failed`, `test` |
| `title`, `text` | for people |
| `numbers` | the numbers as people read them: an object of texts |
| `measured` | the numbers for machines: `seconds` since the start; `candidate` and `stable` (what both served at the same time) and `alone` (the candidate since 100 %), each with `requests`, `errors`, `errorRate` (0 to 1) and `p95Milliseconds`; `secondsUntilBack` (from a decision to return until stable had every request); `verdicts`, each with `metric`, `outcome`, `said`, `candidate`, `stable`, `requests`, `stableRequests`, `evidence`, `limit` |
| `link` | where one reads on |
| `command` | what one types to read on |
| `address` | where users ask the API |
| `rehearsal` | true when it was broken on purpose |
| `stack`, `worker`, `rollout` | whose; a rollback by hand has an id of its own as `rollout` |
| `stable`, `candidate` | ids of the versions |
| `share` | the candidate's, in percent |
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
    parts = [_HEAD, *sections, _SECRETS, secrets, _NEWS, _ENVIRONMENT, environment]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _section(name: str, field: FieldInfo) -> Iterator[str]:
    model = model_in(field.annotation)
    if model is None:
        raise TypeError(f"{name} is no section")
    listed = " (a list)" if get_origin(field.annotation) is tuple else ""
    yield f"## `{PROJECT}:{field.alias or name}`{listed}\n\n{(model.__doc__ or '').strip()}\n"
    yield _table(("key", "what it may be", "default", "meaning"), _rows(model))


def _rows(model: type[BaseModel], above: str = "") -> Iterator[Sequence[str]]:
    for name, field in model.model_fields.items():
        key = f"{above}{field.alias or name}"
        if isinstance(field.default, BaseModel):
            yield f"`{key}`", "section", "", field.description or ""
            yield from _rows(type(field.default), f"{key}.")
        else:
            yield f"`{key}`", _kind_of(field), _default(field), field.description or ""


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
