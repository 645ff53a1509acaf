"""Stacks read from documents: what was declared, what goes, what is secret or unknown, and whether it is all."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from policies import document_text
from policies.document_text import DocumentError, read_object, read_object_from
from policies.documents import stack_of, stack_of_preview, stack_of_state, value_of
from policies.properties import Property
from policies.resources import Stack

TYPE = "cloudflare:index/r2Bucket:R2Bucket"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}


def row(name: str, **more: Any) -> dict[str, Any]:
    urn = f"urn:pulumi:production::shop::{TYPE}::{name}"
    return {"urn": urn, "type": TYPE, "inputs": {"name": name}, **more}


def step(op: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> dict[str, Any]:
    told: dict[str, Any] = {"op": op, "urn": (new or old or {})["urn"]}
    return (
        told
        | ({"oldState": old} if old is not None else {})
        | ({"newState": new} if new is not None else {})
    )


def previewed(*steps: dict[str, Any], **summary: int) -> Stack:
    return stack_of_preview({"steps": list(steps), "changeSummary": summary})


def test_a_state_tells_its_stack_and_each_resources_options() -> None:
    rows = [row("a", protect=True, retainOnDelete=True, id="1"), row("b", parent=row("a")["urn"])]
    stack = stack_of_state({"version": 3, "deployment": {"resources": rows}})
    assert (stack.name, stack.project, stack.is_whole) == ("production", "shop", True)
    first, second = stack.resources
    assert (first.protect, first.retain_on_delete, first.id, first.kind) == (
        True,
        True,
        "1",
        "R2Bucket",
    )
    assert (second.protect, second.retain_on_delete, second.parent) == (False, False, first.urn)


def test_what_is_still_to_be_deleted_is_not_there_any_more() -> None:
    rows = [row("a"), row("a", delete=True)]
    stack = stack_of_state({"version": 4, "deployment": {"resources": rows}})
    assert len(stack.resources) == 1


def test_a_preview_tells_what_comes_what_goes_and_what_was() -> None:
    was, becomes = row("a", inputs={"name": "old"}), row("a", inputs={"name": "new"})
    stack = previewed(
        step("update", was, becomes), step("delete", row("b"), None), step("create", None, row("c"))
    )
    changed, created = stack.resources
    assert changed.inputs["name"].text == "new"
    assert changed.previous is not None
    assert changed.previous.inputs["name"].text == "old"
    assert created.previous is None
    assert [(r.name, r.operation, r.is_deleted) for r in stack.deletions] == [("b", "delete", True)]


def test_a_replacement_counts_as_it_ends_and_takes_what_was() -> None:
    was, becomes = row("a", inputs={"name": "old"}), row("a", inputs={"name": "new"})
    stack = previewed(
        step("create-replacement", was, becomes),
        step("replace", was, becomes),
        step("delete-replaced", was, None),
    )
    (resource,) = stack.resources
    assert (resource.inputs["name"].text, resource.is_replaced) == ("new", True)
    assert [r.inputs["name"].text for r in stack.deletions] == ["old"]


def test_what_is_only_read_or_forgotten_is_no_deletion() -> None:
    stack = previewed(
        step("refresh", row("a"), None),
        step("read-discard", row("b"), None),
        step("remove-pending-replace", row("c"), None),
    )
    assert (list(stack.resources), list(stack.deletions)) == ([], [])


def test_a_preview_is_whole_when_what_stays_is_shown_too() -> None:
    same = step("same", row("a"), row("a"))
    assert previewed(same, same=1).is_whole
    assert not previewed(same, same=2).is_whole
    assert previewed(step("create", None, row("a")), create=1).is_whole
    assert not stack_of_preview({"steps": [same]}).is_whole
    odd: Any = {"steps": [same], "changeSummary": {"same": "many"}}
    assert not stack_of_preview(odd).is_whole


def test_a_preview_that_failed_is_not_whole() -> None:
    said = [{"severity": "error", "message": "it failed"}]
    document = {"steps": [step("same", row("a"), row("a"))], "changeSummary": {"same": 1}}
    assert not stack_of_preview(document | {"diagnostics": said}).is_whole
    said[0]["severity"] = "warning"
    assert stack_of_preview(document | {"diagnostics": said}).is_whole


def test_a_preview_without_a_change_is_empty() -> None:
    assert list(stack_of_preview({"changeSummary": {"same": 4}, "steps": None}).resources) == []


def test_either_kind_is_told_by_itself() -> None:
    assert stack_of({"version": 3, "deployment": {"resources": [row("a")]}}).is_whole
    assert stack_of({"steps": [step("create", None, row("a"))]}).name == "production"


def test_secrets_keep_their_mark_and_unknowns_theirs() -> None:
    inputs = Property(
        value_of(
            {
                "encrypted": SECRET | {"ciphertext": "v1:abc"},
                "shown": SECRET | {"plaintext": json.dumps({"key": "abc"})},
                "odd": SECRET | {"plaintext": "no json"},
                "deep": SECRET | {"plaintext": "[" * 50_000},
                "list": SECRET | {"plaintext": [1]},
                "blinded": "[secret]",
                "wire": SECRET | {"value": "abc"},
                "unknown": "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
                "plain": "abc",
            }
        )
    )
    secret = [name for name, value in inputs.entries() if value.is_secret]
    assert secret == ["encrypted", "shown", "odd", "deep", "list", "blinded", "wire"]
    hidden = [name for name, value in inputs.entries() if not value.is_told]
    assert hidden == ["encrypted", "list", "blinded", "unknown"]
    assert inputs["shown"]["key"].text == "abc"
    assert inputs["shown"]["key"].is_secret


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_encoding_of_json_is_read(encoding: str) -> None:
    data = '  {"ä": "\\ud83d\\ude00"}'.encode(encoding)
    assert read_object_from(io.BytesIO(data), "x") == {"ä": "😀"}


def test_a_stream_is_read_no_further_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_text, "MOST_BYTES", 3_000_000)

    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1, /) -> bytes:
            self.given += size
            return b"{" if self.given == size else b" " * size

    endless: Any = Endless()
    with pytest.raises(DocumentError, match="larger than 3 MB"):
        read_object_from(endless, "x")
    assert endless.given < 6_000_000


def test_what_is_no_object_is_not_read_on() -> None:
    zeros: Any = io.BytesIO(b"\0" * 50_000_000)
    with pytest.raises(DocumentError, match="is no JSON object"):
        read_object_from(zeros, "x")
    assert zeros.tell() < 3_000_000


def test_a_device_is_no_document() -> None:
    with pytest.raises(DocumentError, match="is no JSON object"):
        read_object(Path("/dev/zero"))


def test_a_long_line_of_ancestors_is_no_circle() -> None:
    rows = [row(str(n), parent=row(str(n + 1))["urn"]) for n in range(20_000)]
    stack = stack_of_state({"version": 3, "deployment": {"resources": rows}})
    assert len(stack.resources) == 20_000


def test_what_a_program_only_looks_up_is_not_its_own_to_protect() -> None:
    urn = "urn:pulumi:production::shop::cloudflare:index/r2Bucket:R2Bucket::uploads"
    row: dict[str, Any] = {
        "urn": urn,
        "type": "cloudflare:index/r2Bucket:R2Bucket",
        "protect": False,
    }
    for external, protect in ((True, None), (False, False)):
        rows = [{**row, "external": external}]
        document: dict[str, Any] = {"version": 3, "deployment": {"resources": rows}}
        (read,) = stack_of_state(document).resources
        assert read.protect is protect
        assert read.retain_on_delete is protect
