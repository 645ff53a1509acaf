"""What is published of strategies: the JSON Schema and the page are what the code says, and shipped files keep to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from jsonschema import Draft202012Validator

from delivery.rollout.strategy_files import read_strategy, shipped
from delivery.rollout.strategy_reference import reference
from delivery.rollout.strategy_schema import schema, schema_text

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "delivery/rollout/strategies"
SCHEMA = ROOT / "docs/strategy.schema.json"
PAGE = ROOT / "docs/strategies.md"


def broken(value: Any, part: dict[str, Any], where: str = "") -> Iterator[str]:
    """Where a value does not keep to the words of JSON Schema that the published one uses."""
    if "$ref" in part:
        part = schema()["$defs"][part["$ref"].removeprefix("#/$defs/")] | part
    for several in ("anyOf", "oneOf"):
        if several in part and all([*broken(value, one)] for one in part[several]):
            yield where
    kinds = {
        "null": type(None),
        "object": dict,
        "array": list,
        "string": str,
        "boolean": bool,
        "integer": int,
    }
    told = part.get("type", [])
    names = cast("list[str]", told if isinstance(told, list) else [told])
    allowed = tuple(kinds.get(name, (int, float)) for name in names)
    if allowed and not isinstance(value, allowed):  # pyright: ignore[reportArgumentType]
        yield where
        return
    if isinstance(value, dict):
        read = cast("dict[str, Any]", value)
        known: dict[str, Any] = part.get("properties", {})
        yield from (f"{where}.{key}" for key in part.get("required", ()) if key not in read)
        for key, inner in read.items():
            yield from (
                broken(inner, known[key], f"{where}.{key}") if key in known else [f"{where}.{key}"]
            )
    elif isinstance(value, list):
        items = cast("list[Any]", value)
        for index, item in enumerate(items):
            yield from broken(item, part["items"], f"{where}[{index}]")
        if len(items) < part.get("minItems", 0):
            yield where
    elif isinstance(value, str):
        if value not in part.get("enum", [value]) or not re.search(part.get("pattern", ""), value):
            yield where
    elif isinstance(value, (int, float)) and not (
        part.get("minimum", value) <= value <= part.get("maximum", value)
    ):
        yield where  # fmt: skip


def files() -> list[Any]:
    return [yaml.safe_load((SHIPPED / f"{name}.yaml").read_text()) for name in shipped()]


def test_the_published_schema_is_what_the_code_gives() -> None:
    assert SCHEMA.read_text("utf-8") == schema_text(), (
        "run `python -m delivery.rollout.strategy_schema > docs/strategy.schema.json`"
    )


def test_the_page_is_what_the_code_gives() -> None:
    assert PAGE.read_text("utf-8") == reference(schema()), (
        "run `python -m delivery.rollout.strategy_schema --markdown > docs/strategies.md`"
    )


@pytest.mark.parametrize("name", shipped())
def test_shipped_files_keep_to_the_schema(name: str) -> None:
    file = SHIPPED / f"{name}.yaml"
    assert [*broken(yaml.safe_load(file.read_text()), schema())] == []
    first = file.read_text().partition("\n")[0]
    linked = first.removeprefix("# yaml-language-server: $schema=")
    assert (SHIPPED / linked).resolve() == SCHEMA


def test_shipped_files_are_valid_to_jsonschema() -> None:
    Draft202012Validator.check_schema(schema())
    for content in files():
        Draft202012Validator(schema()).validate(content)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"steps": []}, [".steps"]),
        ({"steps": [{"share": 101}]}, [".steps[0].share"]),
        ({"steps": [{"least_requests": 1}]}, [".steps[0].share", ".steps[0].least_requests"]),
        ({"inconclusive": {"then": "stop"}}, [".inconclusive.then"]),
        ({"triggers": {"cache": 5}}, [".triggers.cache"]),
        ({"triggers": {"cache": None}}, []),
        ({"name": "Nope"}, [".name"]),
        ({"colour": "red"}, [".colour"]),
    ],
)
def test_a_wrong_file_does_not_keep_to_it(change: dict[str, Any], where: list[str]) -> None:
    whole = {"name": "x", "steps": [{"share": 100}]}
    assert [*broken({**whole, **change}, schema())] == where


def objects(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        read = cast("dict[str, Any]", part)
        if read.get("type") == "object":
            yield read
        for inner in read.values():
            yield from objects(inner)


def test_every_key_is_described_in_camel_case_and_none_beside_them_is_allowed() -> None:
    found = [*objects(schema())]
    assert len(found) > 10
    for part in found:
        assert part["additionalProperties"] is False
        assert part["description"]
        for key, of in part["properties"].items():
            assert re.fullmatch(r"[a-z][A-Za-z]*", key)
            assert of["description"], key


def test_the_page_shows_every_key_and_shipped_strategy() -> None:
    page = reference(schema())
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| `")]
    keys = [row[0].strip("| `") for row in rows]
    expected = {key for part in objects(schema()) for key in part["properties"]}
    assert set(keys) == expected | set(shipped())
    assert [row for row in rows if not row[-1].strip(" |")] == []
    for link in re.findall(r"\]\(#([a-z-]+)\)", page):
        assert f"\n### {link.replace('-', ' ').capitalize()}\n" in page


def test_the_example_on_the_page_is_a_strategy(tmp_path: Path) -> None:
    example = reference(schema()).split("```yaml\n")[1].split("```")[0]
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies/careful.yaml").write_text(example)
    assert read_strategy("careful", tmp_path).steps[1].share == Decimal(10)
