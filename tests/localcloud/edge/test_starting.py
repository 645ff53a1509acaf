"""What a version exports, or why it does not start."""

from __future__ import annotations

import dataclasses
import time

import pytest

from localcloud.edge.model import Module
from tests.localcloud.edge.conftest import Local, answering, binding, deployment, state, version

_EXPORTS = """
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
export class Counter extends DurableObject { fetch() {} alarm() {} add() {} }
export class Admin extends WorkerEntrypoint { fetch() {} }
export function help() {}
export default { fetch() {}, scheduled() {}, helper() {} };
"""


async def test_handlers_of_the_default_export_and_of_each_class_are_found(local: Local) -> None:
    found = await local.edge.check_start(version(_EXPORTS))
    assert (found.error or "") == ""
    assert set(found.handlers) == {"fetch", "scheduled"}
    assert {name: set(h) for name, h in found.named_handlers.items()} == {
        "Counter": {"fetch", "alarm"},
        "Admin": {"fetch"},
    }
    assert 1 <= found.startup_time_ms < 500


async def test_a_class_that_is_bound_before_its_migration_starts(local: Local) -> None:
    bound = version(
        _EXPORTS, bindings=[binding("C", "durable_object_namespace", class_name="Counter")]
    )
    found = await local.edge.check_start(bound)
    assert (found.error or "") == ""


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("export default { fetch() { ", "SyntaxError"),
        ("const x = undefined; x.y; export default {};", "Cannot read properties of undefined"),
        ("import nothing from './nothing.js'; export default {};", "nothing.js"),
        ("export default { fetch() {} }; throw new Error('not today');", "not today"),
        ("export default { fetch() {} }; setTimeout(() => {}, 1);", "global scope"),
    ],
)
async def test_code_that_does_not_start_is_told_in_the_runtimes_words(
    local: Local, source: str, words: str
) -> None:
    found = await local.edge.check_start(version(source))
    assert found.error is not None
    print(repr(found.error))
    assert words in found.error
    assert str(local.home) not in found.error
    assert "localcloud" not in found.error
    assert "/tmp" not in found.error  # noqa: S108
    assert [process.name for process in local.edge.processes()] == ["front 1", "front 2"]


async def test_code_that_computes_for_more_than_a_second_at_its_start_is_refused(
    local: Local,
) -> None:
    began = time.monotonic()
    found = await local.edge.check_start(version("for (;;) {} export default { fetch() {} };"))
    assert found.error == "Script startup exceeded CPU time limit."
    assert time.monotonic() - began < 10


async def test_a_version_that_was_checked_serves_with_the_process_that_checked_it(
    local: Local,
) -> None:
    checked = answering("checked")
    await local.edge.check_start(checked)
    before = local.pid(checked.id[:8])
    await local.edge.apply(state(deployment((checked, 100))))
    assert await local.text() == "checked"
    assert local.pid(checked.id[:8]) == before


async def test_a_script_in_the_classic_syntax_starts_and_serves(local: Local) -> None:
    code = b"addEventListener('fetch', (event) => event.respondWith(new Response(GREETING)));"
    classic = version("", bindings=[binding("GREETING", "plain_text", text="hello")])
    script = Module("script", "application/javascript", code)
    classic = dataclasses.replace(classic, main_module="script", modules=(script,))
    found = await local.edge.check_start(classic)
    assert (found.error, found.handlers) == (None, ("fetch",))
    await local.edge.apply(state(deployment((classic, 100))))
    assert await local.text() == "hello"
