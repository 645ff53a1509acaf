"""The JSON Schema of a strategy's file, made from the classes, and the page about strategies that goes with it:
`python -m delivery.rollout.strategy_schema > docs/strategy.schema.json`, and with `--markdown` for `docs/strategies.md`."""

from __future__ import annotations

import json
import sys
from typing import Any, Final, cast

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from delivery.rollout.strategy import Strategy

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class _AsWritten(GenerateJsonSchema):
    """Keys in the order of the classes."""

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:
        return value


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12: keys as files have them, with their meaning and defaults."""
    made: dict[str, Any] = Strategy.model_json_schema(by_alias=True, schema_generator=_AsWritten)
    return {"$schema": _DIALECT, "title": "A strategy of rollouts", **_plain(made)}


def schema_text() -> str:
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:  # noqa: ANN401 (JSON)
    """Without the titles that only repeat the keys, without OpenAPI's words, and 5 for 5.0."""
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[Any]", value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, dict):
        return value
    read = cast("dict[str, Any]", value)
    if _is_decimal(read):
        read = {**read, **read["anyOf"][0]}
        del read["anyOf"]
    return {
        key: _plain(inner)
        for key, inner in read.items()
        if key != "discriminator" and not (key == "title" and isinstance(inner, str))
    }


def _is_decimal(read: dict[str, Any]) -> bool:
    """A decimal may be text too, which nobody needs in a file."""
    kinds = [one.get("type") for one in read.get("anyOf", ())]
    return kinds == ["number", "string"]


if __name__ == "__main__":
    from delivery.rollout.strategy_reference import reference

    sys.stdout.write(reference(schema()) if "--markdown" in sys.argv[1:] else schema_text())
