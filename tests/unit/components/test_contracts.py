"""What every component keeps, found by walking `components`: a new one is held to it from its first day."""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

import pulumi
import pulumi_cloudflare as cloudflare
import pytest
from pydantic.alias_generators import to_camel

import components
from tests.unit.components.cloud_mocks import ACCOUNT, CloudflareError, MockedCloudflare
from tests.unit.components.engine_mock import MockedStack, ProtectedError
from tests.unit.components.examples import EXAMPLES, Component, components_found
from tests.unit.components.registrations import Registered, Run

FOUND: Final = components_found()
HOLD_DATA: Final = {
    "Worker",  # its Durable Objects' data goes with it
    "WorkersKvNamespace",
    "R2Bucket",
    "HyperdriveConfig",
    "PagesProject",
    "Zone",
    "RandomBytes",
}
KEPT_WHEN_DROPPED: Final = HOLD_DATA - {"RandomBytes"} | {"WorkerVersion", "WorkersDeployment"}
every_component = pytest.mark.parametrize("kind", FOUND, ids=lambda kind: kind.__name__)


def example(
    kind: Component, cloud: MockedCloudflare, name: str = "one", aliases: tuple[str, ...] = ()
) -> Callable[[], object]:
    def program() -> None:
        options = pulumi.ResourceOptions(aliases=[pulumi.Alias(name=alias) for alias in aliases])
        kind(name, EXAMPLES[kind].args(cloud), options)

    return program


@functools.cache
def up(kind: Component) -> Run:
    stack = MockedStack()
    return stack.up(example(kind, stack.cloud))


def made(stack: MockedStack) -> dict[str, str]:
    """Ids in the cloud of what the state holds, by what they are; what a rename must leave as it is."""
    return {f"{kept.kind} {kept.id}": kept.id for kept in stack.state.values() if kept.custom}


def things_in(stack: MockedStack) -> dict[str, set[str]]:
    return {name: set(things) for name, things in stack.cloud.things.items()}


def test_every_component_has_an_example_that_holds_it_to_these_contracts() -> None:
    assert len(FOUND) > 10
    assert set(FOUND) == set(EXAMPLES)


@every_component
def test_it_takes_a_name_one_frozen_args_dataclass_and_options(kind: Component) -> None:
    parameters = inspect.signature(kind).parameters
    assert list(parameters) == ["name", "args", "opts"]
    assert parameters["opts"].default is None
    args = getattr(inspect.getmodule(kind), f"{kind.__name__}Args")
    assert parameters["args"].annotation == args.__name__
    assert dataclasses.is_dataclass(args)
    assert args.__dataclass_params__.frozen  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


@every_component
def test_its_type_says_whose_it_is_and_in_which_room(kind: Component) -> None:
    (own,) = (found for found in up(kind).resources.values() if found.name == "one")
    assert re.fullmatch(rf"pitchey:[a-z]+:{kind.__name__}", own.type)


@every_component
def test_everything_it_makes_stands_under_it_and_begins_with_its_name(kind: Component) -> None:
    run = up(kind)
    for found in run.resources.values():
        if found.name == "one":
            continue
        parent = run.resources[found.parent]
        assert not parent.custom
        assert found.name.startswith(f"{parent.name}-")


@every_component
def test_it_registers_every_output_that_it_promises(kind: Component) -> None:
    run = up(kind)
    for found in run.resources.values():
        assert found.custom or found.outputs is not None, f"{found.name} registers no outputs"
    (own,) = (found for found in run.resources.values() if found.name == "one")
    promised = {
        to_camel(name)
        for name, type_ in inspect.get_annotations(kind).items()
        if "Output" in type_ and "None" not in type_  # Pulumi leaves out what is None
    }
    assert promised <= set(own.outputs or ())


@every_component
def test_what_holds_data_is_protected_and_stays_in_the_cloud(kind: Component) -> None:
    for found in up(kind).resources.values():
        assert found.protect == (found.kind in HOLD_DATA and found.custom), found.name
        assert found.retain == (found.kind in KEPT_WHEN_DROPPED and found.custom), found.name


def test_the_platform_has_something_of_all_that_holds_data() -> None:
    (platform,) = (kind for kind in FOUND if kind.__name__ == "Platform")
    kinds = {found.kind for found in up(platform).resources.values() if found.custom}
    assert kinds >= HOLD_DATA | KEPT_WHEN_DROPPED


@every_component
def test_a_second_run_changes_nothing(kind: Component) -> None:
    stack = MockedStack()
    program = example(kind, stack.cloud)
    stack.up(program)
    for run in (stack.preview(program), stack.up(program)):
        assert {step for step, _ in run.steps} <= {"same"}


@every_component
def test_a_rename_with_an_alias_keeps_everything_it_had(kind: Component) -> None:
    stack = MockedStack()
    stack.up(example(kind, stack.cloud, "before"))
    had = made(stack)
    run = stack.up(example(kind, stack.cloud, "after", aliases=("before",)))
    assert {step for step, _ in run.steps} <= {"same"}
    assert made(stack) == had
    assert not any("before" in kept.name for kept in stack.state.values())


@every_component
def test_a_rename_without_an_alias_is_refused_where_it_holds_data(kind: Component) -> None:
    stack = MockedStack()
    before = stack.up(example(kind, stack.cloud, "before"))
    if not any(found.protect for found in before.resources.values()):
        return
    had = things_in(stack)
    with pytest.raises((ProtectedError, CloudflareError)):
        stack.up(example(kind, stack.cloud, "after"))
    assert all(things <= set(stack.cloud.things[name]) for name, things in had.items())


@every_component
def test_a_preview_copes_with_what_is_not_known_yet_and_makes_nothing(kind: Component) -> None:
    stack = MockedStack()

    def program() -> None:
        args = EXAMPLES[kind].args(stack.cloud)
        before.update(things_in(stack))
        other = cloudflare.Zone(
            "other", account=cloudflare.ZoneAccountArgs(id=ACCOUNT), name="other.example"
        )
        kind("one", with_unknowns(args, other.id))

    before: dict[str, set[str]] = {}
    run = stack.preview(program)
    assert {step for step, _ in run.steps} == {"create"}
    assert things_in(stack) == before
    assert stack.state == {}


def with_unknowns(args: Any, unknown: pulumi.Output[str]) -> Any:
    """The args with each value that may be an output replaced by one that is not known."""
    changes: dict[str, Any] = {}
    for field in dataclasses.fields(args):
        if "pulumi.Input" not in str(field.type):
            continue
        value = getattr(args, field.name)
        changes[field.name] = (
            dict.fromkeys(cast(Mapping[str, Any], value), unknown)
            if isinstance(value, Mapping)
            else (None if value is None else unknown)
        )
    return dataclasses.replace(args, **changes)


@every_component
def test_args_that_make_no_sense_are_refused_before_anything_is_made(kind: Component) -> None:
    for change in EXAMPLES[kind].refused:
        stack = MockedStack()

        def program(stack: MockedStack = stack, change: Mapping[str, Any] = change) -> None:
            kind("one", dataclasses.replace(EXAMPLES[kind].args(stack.cloud), **change))

        with pytest.raises(ValueError, match=": "):
            stack.up(program)
        assert stack.state == {}


def test_no_component_reads_configuration_environment_files_or_the_stacks_name() -> None:
    barred = {"Config", "environ", "getenv", "get_stack", "get_project", "open", "get_config"}
    for path in Path(components.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            imported = (
                {name.name.partition(".")[0] for name in node.names}
                if isinstance(node, ast.Import)
                else {node.module or ""}
                if isinstance(node, ast.ImportFrom)
                else set[str]()
            )
            assert not imported & {"os", "pathlib", "settings", "subprocess", "socket"}, path
            if isinstance(node, ast.ImportFrom):
                assert not {name.name for name in node.names} & barred, path
            named = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
            assert named not in barred, f"{path}: {named}"


def test_the_engine_of_these_tests_refuses_to_delete_what_is_protected() -> None:
    stack = MockedStack()
    stack.up(example(FOUND[[kind.__name__ for kind in FOUND].index("KvNamespaces")], stack.cloud))
    with pytest.raises(ProtectedError, match="one-flags"):
        stack.up(lambda: None)
    kept: list[Registered] = [found for found in stack.state.values() if found.custom]
    assert {found.name for found in kept} == {"one-cache", "one-flags"}
