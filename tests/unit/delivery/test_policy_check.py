"""`pitchey policy check`: what it says of a state or a preview of any project, and with which exit status."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from delivery.policy import gate
from policies.registry import RULES
from policies.waivers import BadWaiver, Waiver
from tests.unit.delivery.policy_run import (
    CANARY,
    Run,
    preview,
    row,
    rules,
    runner,
    ssl,
    state,
    written,
)

STRICT = next(rule for rule in RULES if rule.name == "require-strict-tls")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """In a folder that is no project."""
    monkeypatch.chdir(tmp_path)
    return runner(capsys, monkeypatch)


def test_a_state_is_judged_without_a_project(run: Run, tmp_path: Path) -> None:
    done = run("check", "--state", written(tmp_path, state(ssl("flexible"))))
    assert done.status == 1
    assert done.err == ""
    lines = done.out.splitlines()
    assert lines[0] == "CRITICAL"
    assert lines[1] == "  require-strict-tls (stops)"
    assert "shop-ssl (ZoneSetting): value: " in lines[2]
    assert f"mend  {STRICT.mend}" in done.out
    assert "see   https://developers.cloudflare.com/ssl/" in done.out
    assert re.search(r"^stops production: .*require-strict-tls", done.out, re.MULTILINE)


def test_a_preview_is_judged_too_also_from_standard_input(run: Run, tmp_path: Path) -> None:
    document = preview(ssl("flexible"))
    done = run("check", "--json", "--preview", written(tmp_path, document))
    assert "require-strict-tls" in rules(done)
    piped = run("check", "--json", "--preview", "-", stdin=json.dumps(document).encode())
    assert (piped.status, piped.out) == (done.status, done.out)


def test_what_is_clean_ends_with_0(run: Run, tmp_path: Path) -> None:
    done = run("check", "--state", written(tmp_path, state(ssl("strict"))))
    assert done.status == 0
    assert done.out.splitlines()[-1].startswith("production: clean")


def test_a_document_without_cloudflare_is_clean_and_told_to_be_so(run: Run, tmp_path: Path) -> None:
    bucket = row("aws:s3/bucket:Bucket", "logs", {"acl": "public-read"})
    empty: dict[str, Any] = {"version": 3, "deployment": {"manifest": {}}}
    for document in (state(), state(bucket), empty):
        done = run("check", "--state", written(tmp_path, document))
        assert done.status == 0
        assert "there is no Cloudflare resource in it" in done.out
        machine = run("check", "--json", "--state", written(tmp_path, document))
        assert machine.json == {"violations": [], "pending": [], "waived": []}


def test_the_json_has_each_fact(run: Run, tmp_path: Path) -> None:
    told = run("check", "--json", "--state", written(tmp_path, state(ssl("flexible")))).json
    assert list(told) == ["violations", "pending", "waived"]
    violation = next(v for v in told["violations"] if v["rule"] == "require-strict-tls")
    assert violation == {
        "rule": "require-strict-tls",
        "family": "transport",
        "severity": "critical",
        "urn": "urn:pulumi:production::shop::cloudflare:index/zoneSetting:ZoneSetting::shop-ssl",
        "message": violation["message"],
        "mend": STRICT.mend,
        "place": "value",
        "mandatory": True,
    }
    assert violation["message"].startswith("value: ")


def test_the_gravest_stands_first(run: Run, tmp_path: Path) -> None:
    weak = row(
        "ZoneSetting", "min", {"zoneId": "z", "settingId": "min_tls_version", "value": "1.0"}
    )
    told = run("check", "--json", "--state", written(tmp_path, state(weak, ssl("off")))).json
    order = ["critical", "high", "medium", "low"]
    found = [order.index(v["severity"]) for v in told["violations"]]
    assert found == sorted(found)
    assert len(set(found)) > 1


def test_staging_is_told_and_not_stopped(run: Run, tmp_path: Path) -> None:
    done = run("check", "--state", written(tmp_path, state(ssl("flexible", stack="staging"))))
    assert done.status == 1
    assert "require-strict-tls (warns)" in done.out
    assert re.search(
        r"^nothing of it stops staging; in production .*require-strict-tls.* would",
        done.out,
        re.MULTILINE,
    )


def test_what_is_unknown_is_pending_shortly_or_each(run: Run, tmp_path: Path) -> None:
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    file = written(tmp_path, preview(ssl(unknown)))
    short = run("check", "--preview", file)
    assert short.status == 0
    assert re.search(r"^  \d+ times?: not known until it is applied", short.out, re.MULTILINE)
    assert "require-strict-tls:" not in short.out
    each = run("check", "--preview", file, "--pending")
    assert (
        "require-strict-tls: shop-ssl (ZoneSetting), value: not known until it is applied"
        in each.out
    )
    told = run("check", "--json", "--preview", file)
    assert {
        "rule": "require-strict-tls",
        "urn": "urn:pulumi:production::shop::cloudflare:index/zoneSetting:ZoneSetting::shop-ssl",
        "place": "value",
        "reason": "not known until it is applied",
    } in told.json["pending"]


def test_each_waiver_that_was_used_is_printed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    until = datetime.now(UTC).date() + timedelta(days=9)
    waiver = Waiver("require-strict-tls", "shop-ssl", "the origin moves next week", "ops", until)
    nothing_bad: list[BadWaiver] = []
    monkeypatch.setattr(gate, "read_waivers", lambda: ([waiver], nothing_bad))
    file = written(tmp_path, state(ssl("full")))
    done = run("check", "--state", file)
    assert done.status == 0
    assert "WAIVED\n  require-strict-tls: shop-ssl (ZoneSetting)" in done.out
    assert f"waived until {until} by ops: the origin moves next week" in done.out
    waived = run("check", "--json", "--state", file).json["waived"]
    assert [w["rule"] for w in waived] == ["require-strict-tls"]
    assert (
        waived[0]
        | {
            "reason": "the origin moves next week",
            "owner": "ops",
            "expires": until.isoformat(),
        }
        == waived[0]
    )


def test_environments_are_compared(run: Run, tmp_path: Path) -> None:
    here = written(tmp_path, state(ssl("strict")), "here.json")
    there = written(tmp_path, state(ssl("strict", stack="staging")), "there.json")
    assert run("check", "--state", here, "--against", there).status == 0
    same = run("check", "--state", here, "--against", here)
    assert same.status == 2
    assert same.err.startswith(f"error: {here}: is of the stack that is judged")


# What cannot be judged


RESOURCE = row("R2Bucket", "a", {"name": "a"})
PARENTS = [
    RESOURCE | {"urn": RESOURCE["urn"] + x, "parent": RESOURCE["urn"] + y} for x, y in ("12", "21")
]
DEPENDENT = [each | {"dependencies": [each.pop("parent")]} for each in map(dict, PARENTS)]
BAD: Mapping[str, tuple[bytes | object, str]] = {
    "cut short": (json.dumps(state(RESOURCE)).encode()[:-9], "is cut short"),
    "cut short in a text": (b'{"version": 3, "deplo', "is cut short"),
    "empty": (b"", "is empty"),
    "blank": (b" \n ", "is empty"),
    "no JSON": (b"version: 3\n", "is no JSON object"),
    "faulty JSON": (b'{"version": 3,, }', "is no JSON (line 1, column"),
    "a list": (b"[]", "is no JSON object"),
    "binary": (bytes(range(1, 255)), "is no JSON object"),
    "binary inside": (b'{"a": "\x00\xff"}', "not in UTF-8"),
    "two values": (b"{}\n{}\n", "more than one JSON value"),
    "NaN": (b'{"version": NaN}', "NaN stands where"),
    "infinite": (b'{"version": 1e999}', "too large"),
    "a number of 5000 digits": (b'{"version": %s}' % (b"1" * 5000), "too long"),
    "a key twice": (b'{"version": 3, "version": 3}', "one key twice"),
    "half a character": (
        b'{"version": 3, "deployment": {"a": "\\ud83d"}}',
        "half a surrogate pair",
    ),
    "half a character in a key": (b'{"version": 3, "\\udc00": {}}', "half a surrogate pair"),
    "nested": (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, "nested too deeply"),
    "nested properties": (
        state(RESOURCE | {"inputs": json.loads('{"a":' * 250 + "1" + "}" * 250)}),
        "nested too deeply",
    ),
    "another version": ({"version": 7, "deployment": {}}, "is a state of version 7"),
    "no version": ({"deployment": {}}, "of no version"),
    "a list for a version": ({"version": [3], "deployment": {}}, "of no version"),
    "true for a version": ({"version": True, "deployment": {}}, "of version True"),
    "no deployment": ({"version": 3}, "has no deployment"),
    "resources in an object": ({"version": 3, "deployment": {"resources": {}}}, "are no list"),
    "no URN": (state({"type": "x"}), "no URN or no type"),
    "a resource that is a text": ({"version": 3, "deployment": {"resources": ["x"]}}, "no URN"),
    "its own parent": (state(RESOURCE | {"parent": RESOURCE["urn"]}), "leads back to itself"),
    "parents in a circle": (state(*PARENTS), "leads back to itself"),
    "dependencies in a circle": (state(*DEPENDENT), "leads back to itself"),
    "inputs in a list": (state(RESOURCE | {"inputs": [1]}), "inputs that are no object"),
    "one resource twice": (state(RESOURCE, RESOURCE), "stands in it twice"),
    "two stacks": (state(RESOURCE, row("R2Bucket", "b", stack="staging")), "more than one stack"),
    "a preview": (preview(RESOURCE), "judge it with --preview"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_judged_is_one_line_and_status_2(
    run: Run, tmp_path: Path, name: str
) -> None:
    content, said = BAD[name]
    file = tmp_path / "bad.json"
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    for options in ((), ("--json",), ("--sarif",)):
        done = run("check", *options, "--state", file)
        assert done.status == 2
        assert done.out == ""
        assert len(done.err.splitlines()) == 1
        assert done.err.startswith(f"error: {file}: ")
        assert said in done.err


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (state(RESOURCE), "judge it with --state"),
        ({"resourcePlans": {}}, "is a plan"),
        ({"diagnostics": []}, "has no steps"),
        ({"steps": {}}, "has no steps"),
        ({"steps": [1]}, "a step in it has no URN"),
        ({"steps": [{"op": "create"}]}, "a step in it has no URN"),
        ({"steps": [{"op": "create", "urn": RESOURCE["urn"]}]}, "does not tell what will be"),
        ({"steps": [{"op": "same", "urn": RESOURCE["urn"], "newState": {"type": 7}}]}, "no type"),
        ({"steps": [{"op": "delete", "urn": RESOURCE["urn"], "oldState": "x"}]}, "no type"),
    ],
)
def test_a_bad_preview(run: Run, tmp_path: Path, document: Any, said: str) -> None:
    done = run("check", "--preview", written(tmp_path, document))
    assert (done.status, done.out) == (2, "")
    assert said in done.err


def test_a_file_that_cannot_be_read(run: Run, tmp_path: Path) -> None:
    locked = written(tmp_path, state(), "locked.json")
    locked.chmod(0)
    names = [tmp_path, tmp_path / "missing", "\0", "a" * 5000, *([locked] if os.getuid() else [])]
    for name in names:
        done = run("check", "--state", name)
        assert (done.status, done.out) == (2, "")
        assert len(done.err.splitlines()) == 1


def test_a_huge_file_is_refused_before_it_is_read(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reads(*_told: object) -> None:
        raise AssertionError

    monkeypatch.setattr("policies.document_text.read_object_from", reads)
    file = tmp_path / "huge.json"
    with file.open("wb") as huge:
        huge.write(b"{")
        huge.truncate(200_000_001)
    done = run("check", "--state", file)
    assert (done.status, done.err) == (2, f"error: {file}: is larger than 200 MB\n")


@pytest.mark.parametrize(
    "words",
    [
        ("--state", "a.json", "--preview", "b.json"),
        ("--stack", "staging", "--preview", "b.json"),
        ("--state", "a.json", "--json", "--sarif"),
        ("--state", "-", "--against", "-"),
        ("--foo",),
        ("a.json",),
        ("--state",),
    ],
)
def test_a_mistake_in_the_options_is_not_taken_for_a_violation(run: Run, words: tuple[str]) -> None:
    done = run("check", *words)
    assert done.status == 2
    assert (done.out, len(done.err.splitlines())) == ("", 1)


def test_a_stack_outside_a_project_cannot_be_judged(run: Run) -> None:
    done = run("check", "--stack", "production")
    assert done.status == 2
    assert done.err.startswith("error: no Pulumi.yaml in ")


def test_a_fault_in_the_judge_has_a_line_and_no_value(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_stack: str) -> None:
        raise ValueError(CANARY)

    monkeypatch.setattr("delivery.commands.policy.judge_of", fails)
    done = run("check", "--state", written(tmp_path, state(ssl("strict"))))
    assert done.status == 2
    assert done.err.startswith("error: could not be judged: ValueError")
    assert CANARY not in done.err


# What is never shown


def test_no_secret_is_in_any_report(run: Run, tmp_path: Path) -> None:
    address = f"postgres://app:{CANARY}@db.shop.example/shop"
    bindings = [
        {"name": "DATABASE_URL", "type": "plain_text", "text": address},
        {"name": "JWT_SECRET", "type": "plain_text", "text": CANARY},
    ]
    rows = [
        row("WorkerVersion", "version", {"bindings": bindings}),
        row("DnsRecord", address, {"type": "A", "content": "10.0.0.1", "name": "x.shop.example"}),
        ssl(address),
    ]
    for options in ((), ("--pending",), ("--json",), ("--sarif",)):
        done = run("check", *options, "--state", written(tmp_path, state(*rows)))
        assert done.status == 1
        assert CANARY not in done.out + done.err
    cyclic = row("R2Bucket", address, {"name": "x"})
    done = run("check", "--state", written(tmp_path, state(cyclic | {"parent": cyclic["urn"]})))
    assert CANARY not in done.err


def test_nothing_in_a_document_speaks_to_the_terminal(run: Run, tmp_path: Path) -> None:
    shown = ssl("flexible")
    shown["urn"] += "\x1b]0;owned\x07\nproduction: clean [bold]x[/bold]\u202e"
    done = run("check", "--state", written(tmp_path, state(shown)))
    assert not set("\x1b\x07\u202e") & set(done.out)
    assert "production: clean" not in done.out.splitlines()
    assert "[bold]x[/bold]" in done.out
