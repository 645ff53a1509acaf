"""`pitchey policy …` run in this process, and documents for it."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from delivery import cli

CANARY: Final = "hunter2-canary-9f31c2"


@dataclass(frozen=True)
class Done:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Done]


def runner(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(*words: str | Path, stdin: bytes = b"") -> Done:
        monkeypatch.setattr(sys, "argv", ["pitchey", "policy", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        status = cli.main()
        told = capsys.readouterr()
        return Done(status, told.out, told.err)

    return run


def row(
    kind: str,
    name: str,
    inputs: Mapping[str, Any] | None = None,
    *,
    stack: str = "production",
    **options: Any,
) -> dict[str, Any]:
    """A resource as a state has it."""
    type = kind if ":" in kind else f"cloudflare:index/{kind[0].lower()}{kind[1:]}:{kind}"
    urn = f"urn:pulumi:{stack}::shop::{type}::{name}"
    return {"urn": urn, "type": type, "custom": True, "inputs": dict(inputs or {}), **options}


def state(*rows: Mapping[str, Any]) -> dict[str, Any]:
    return {"version": 3, "deployment": {"manifest": {}, "resources": list(rows)}}


def preview(*rows: Mapping[str, Any], op: str = "create") -> dict[str, Any]:
    steps = [{"op": op, "urn": each["urn"], "newState": each} for each in rows]
    return {"steps": steps, "changeSummary": {op: len(steps)}}


def written(folder: Path, document: object, name: str = "document.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(document))
    return path


def ssl(value: object, **options: Any) -> dict[str, Any]:
    """Breaks require-strict-tls, which is critical, unless it is strict."""
    inputs = {"zoneId": "z", "settingId": "ssl", "value": value}
    return row("ZoneSetting", "shop-ssl", inputs, **options)


def rules(done: Done, which: str = "violations") -> Sequence[str]:
    return [each["rule"] for each in done.json[which]]
