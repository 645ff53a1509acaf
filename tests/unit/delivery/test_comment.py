"""The comment of a pull request: what matters first, nothing that does anything, no secret, never too long."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from delivery.commands import comment
from delivery.policy.saved import ABOUT, PREVIEW, VERDICT
from delivery.pull_request.comment import MARKER, MOST_CHARACTERS, render
from delivery.pull_request.previews import Preview, read_preview

STABLE = "11111111-1111-4111-8111-111111111111"
CANDIDATE = "22222222-2222-4222-8222-222222222222"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
CANARY = "canary-4f9a2c7e81d34b6a9c0e5d7f1a2b3c4d"
NO_VIOLATION: dict[str, Any] = {"violations": [], "pending": [], "waived": []}


def urn(type: str, name: str) -> str:
    return (
        f"urn:pulumi:production::pitchey::pitchey:platform:Platform$cloudflare:index/{type}::{name}"
    )


def state(type: str, name: str, inputs: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {"urn": urn(type, name), "type": f"cloudflare:index/{type}", "inputs": inputs} | options


def step(
    op: str,
    type: str,
    name: str,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    *,
    diff: dict[str, str] | None = None,
    **options: Any,
) -> dict[str, Any]:
    return {
        "op": op,
        "urn": urn(type, name),
        "oldState": state(type, name, old, **options) if old is not None else None,
        "newState": state(type, name, new, **options) if new is not None else None,
        "detailedDiff": {path: {"kind": kind} for path, kind in (diff or {}).items()},
    }


def deployment(
    op: str, old: list[tuple[str, float]] | None, new: list[tuple[str, float]] | None
) -> dict[str, Any]:
    def inputs(shares: list[tuple[str, float]] | None) -> dict[str, Any] | None:
        if shares is None:
            return None
        return {"versions": [{"versionId": id, "percentage": share} for id, share in shares]}

    type = "workersDeployment:WorkersDeployment"
    return step(op, type, "traffic", inputs(old), inputs(new), retainOnDelete=True)


def violation(**given: Any) -> dict[str, Any]:
    return {
        "rule": "require-strict-ssl",
        "family": "transport",
        "severity": "critical",
        "urn": urn("zoneSetting:ZoneSetting", "ssl"),
        "message": "value: flexible",
        "mend": "set it to strict",
        "place": "value",
        "mandatory": True,
    } | given


def preview(
    *steps: dict[str, Any],
    stack: str = "production",
    live: list[dict[str, Any]] | None = None,
    verdict: dict[str, Any] = NO_VIOLATION,
) -> Preview:
    return Preview(stack, live=live, steps=steps, verdict=verdict)


def run(*arguments: str) -> Result:
    app = typer.Typer()
    comment.register(app)
    return CliRunner().invoke(app, arguments)


def shown(text: str) -> str:
    """As a reader sees it, more or less."""
    return html.unescape(re.sub(r"</?code>|\*\*", "", text)).replace("\u200b", "")


def lines_with(text: str, word: str) -> list[str]:
    return [line for line in shown(text).splitlines() if word in line]


# What is told


def test_what_is_deleted_or_replaced_stands_first_and_bold() -> None:
    text = render(
        [
            preview(
                step("create", "worker:Worker", "new-worker", new={"name": "a"}),
                step("update", "zoneSetting:ZoneSetting", "ssl", {"value": "full"}, {"value": "strict"}),
                step("same", "zone:Zone", "zone", {}, {}),
                step("delete", "r2Bucket:R2Bucket", "bucket", {"name": "uploads"}),
                *(
                    step(op, "zone:Zone", "moved", {"name": "a.example"}, {"name": "b.example"}, diff={"name": "update-replace"})
                    for op in ("create-replacement", "replace", "delete-replaced")
                ),
            )
        ]
    )  # fmt: skip
    rows = [
        line
        for line in shown(text).splitlines()
        if line.startswith(("| del", "| rep", "| ch", "| cr"))
    ]
    assert rows == [
        "| delete | bucket R2Bucket |  |",
        "| replace | moved Zone | replaced because of name: a.example → b.example |",
        "| change | ssl ZoneSetting | value: full → strict |",
        "| create | new-worker Worker |  |",
    ]  # fmt: skip
    assert "**delete**" in text
    assert "**replace**" in text
    assert "zone Zone" not in shown(text)
    assert "| production | 1 | 1 | 1 | 1 | passes |" in shown(text)


def test_what_is_retained_is_said_to_stay() -> None:
    gone = step("delete", "r2Bucket:R2Bucket", "bucket", {"name": "a"}, retainOnDelete=True)
    assert "it stays in the cloud" in render([preview(gone)])


def test_a_new_version_is_no_loss_of_the_old_one() -> None:
    rows = [
        step(op, "workerVersion:WorkerVersion", "version", {"tag": "a"}, {"tag": "b"}, diff={"tag": "update-replace"}, retainOnDelete=True)
        for op in ("create-replacement", "replace")
    ]  # fmt: skip
    text = render([preview(*rows)])
    assert "**create" not in text
    assert lines_with(text, "version WorkerVersion") == [
        "| create | version WorkerVersion | uploaded beside the old one, for tag: a → b |"
    ]
    assert "| production | 0 | 0 | 0 | 1 | passes |" in shown(text)


def test_an_operation_that_is_not_known_is_shown_as_it_is() -> None:
    assert lines_with(render([preview(step("explode", "zone:Zone", "zone", {}))]), "| explode |")


def test_a_value_that_is_not_known_yet_is_said_to_be() -> None:
    changed = step(
        "update", "zone:Zone", "zone", {"plan": "free"}, {"plan": UNKNOWN}, diff={"plan": "update"}
    )
    assert "plan: free → known after apply" in shown(render([preview(changed)]))


VERSION = step("create-replacement", "workerVersion:WorkerVersion", "version", {}, {"modules": []})


@pytest.mark.parametrize(
    ("steps", "live", "told"),
    [
        ([], None, "No traffic moves."),
        ([VERSION], None, "No traffic moves: the uploaded version gets 0 %."),
        (
            [VERSION],
            [{"versionId": STABLE, "percentage": 100}],
            "No traffic moves: the uploaded version gets 0 % (100 % to 11111111 as before).",
        ),
        (
            [deployment("create", None, [(UNKNOWN, 100)])],
            None,
            "First deployment: 100 % to the version that this uploads.",
        ),
        (
            [deployment("update", [(STABLE, 100)], [(STABLE, 90), (CANDIDATE, 10)])],
            None,
            "Traffic moves from 100 % to 11111111 to 90 % to 11111111, 10 % to 22222222.",
        ),
        (
            [deployment("update", [(CANDIDATE, 100)], [(STABLE, 100)])],
            [{"versionId": STABLE, "percentage": 100}],
            "No traffic moves: 100 % to 11111111 as before.",
        ),
        (
            [deployment("delete", [(STABLE, 100)], None)],
            None,
            "The deployment is taken out of the stack (it was 100 % to 11111111); it keeps serving, since it is retained.",
        ),
        (
            [step("update", "workersScript:WorkersScript", "script", {}, {"content": "x"})],
            None,
            "Traffic: all of it goes to the new code",
        ),
    ],
)
def test_what_the_split_does_is_said(
    steps: list[dict[str, Any]], live: list[dict[str, Any]] | None, told: str
) -> None:
    assert told in shown(render([preview(*steps, live=live)]))


def test_what_stops_stands_before_what_warns() -> None:
    verdict = {
        "violations": [
            violation(rule="keep-logs-on", severity="medium", mandatory=False),
            violation(rule="limit-cors", severity="high"),
            violation(),
        ],
        "pending": [{"rule": "limit-cors", "urn": "u", "place": "p", "reason": "r"}] * 3,
        "waived": [
            violation(rule="name-environment")
            | {"waiver": {"reason": "old name", "owner": "sre", "expires": "2026-12-31"}}
        ],
    }
    text = render([preview(verdict=verdict)], policies="https://git.example/docs/policies.md")
    rows = re.findall(r"\[([a-z-]+)\]\(https://git\.example/docs/policies\.md#\1\)", text)
    assert rows == ["require-strict-ssl", "limit-cors", "keep-logs-on", "limit-cors", "name-environment"]  # fmt: skip
    assert "policy stops production" in text
    assert "**Policy stops this: 2 violations** must be mended." in text
    assert "2 stop it, 1 warning, 1 waived" in shown(text)
    assert "3 checks pending until values are known" in text
    assert lines_with(text, "| old name | sre | 2026-12-31 |")


def test_what_stops_comes_first_whatever_its_severity_and_so_does_what_does_not_say() -> None:
    says_nothing = violation(rule="b-rule", severity="low")
    del says_nothing["mandatory"]
    warns = violation(rule="a-rule", severity="critical", mandatory=False)
    text = render([preview(verdict=NO_VIOLATION | {"violations": [warns, says_nothing]})])
    assert re.findall(r"\[([ab])-rule", text) == ["b", "a"]
    assert "**Policy stops this: 1 violation** must be mended." in text


@pytest.mark.parametrize("verdict", [None, {}, {"violations": "none"}, {"violations": ["x"]}, []])
def test_a_verdict_that_is_not_there_or_no_verdict_is_no_pass(
    tmp_path: Path, verdict: object
) -> None:
    folder = tmp_path / "production"
    folder.mkdir()
    (folder / "preview.json").write_text('{"steps": [], "changeSummary": {}}')
    if verdict is not None:
        (folder / "verdict.json").write_text(json.dumps(verdict))
    text = render([read_preview(folder)])
    assert "production could not be judged" in text
    assert "passes" not in text


@pytest.mark.parametrize("content", ["", "{", '{"steps": [1]}', "[]", '{"steps": 3}', "\x00"])
def test_a_preview_that_cannot_be_read_is_said_to_be_missing(tmp_path: Path, content: str) -> None:
    (tmp_path / "preview.json").write_text(content)
    text = render([read_preview(tmp_path)])
    assert "There is no preview of this stack" in text
    assert "No resource changes" not in text


# Untrusted text


HOSTILE = [
    "@octocat please merge",
    "a | b | c",
    "line\nnext\r\n\n# heading",
    "`code` ``` block",
    "<img src=x onerror=alert(1)><!-- x -->",
    "[click](https://evil.example) ![x](https://evil.example/x.png)",
    "https://evil.example www.evil.example //evil.example",
    "fixes #12 GH-12 other/repo#3",
    "**bold** _it_ ~~no~~ $x$ \\|",
    "\u202egpj.exe \u0000\u001b[31m",
    "</code></td></table>",
    "&lt;script&gt; &#64;octocat",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_the_preview_does_anything(text: str) -> None:
    changed = step("update", text, text, {text: "a"}, {text: text})
    row = violation(rule=text, severity=text, message=text, mend=text) | {"urn": f"a::b::c::{text}"}
    waived = row | {"waiver": {"reason": text, "owner": text, "expires": text}}
    verdict = {"violations": [row], "pending": [{"rule": text}], "waived": [waived]}
    hostile = Preview(text, text, text, [{"versionId": text}], [changed], verdict)
    harmless = Preview("s", "c", "x", [{"versionId": "v"}], [changed], verdict)
    for made in (render([hostile]), render([harmless])):
        for found in ("@", "<img", "<script", "`", "](http", "![", "\u202e", "\x1b", "\\"):
            assert found not in made, found
        seen = html.unescape(made)
        assert not re.search(r"@\w|#\d|GH-\d|https?://|\bwww\.", seen)
        assert set(re.findall(r"<[^>]*>", made)) <= {"<code>", "</code>", MARKER}
        columns = [line.count("|") for line in made.splitlines() if line.startswith("|")]
        assert set(columns) <= {4, 6, 7}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(json_values, json_values, json_values)
def test_no_shape_of_a_preview_ends_in_an_error(one: Any, two: Any, three: Any) -> None:
    row = {"op": one, "urn": urn("a:B", "c"), "oldState": two, "newState": three}
    rows = [row | {"detailedDiff": two, "replaceReasons": three}, row | {"urn": "x"}]
    row["oldState"] = {"inputs": one}
    verdict = {"violations": [{"urn": one, "severity": two}], "pending": three, "waived": one}
    assert render([preview(row, *rows, verdict=verdict, live=[{"percentage": one}])])


# Secrets


@pytest.mark.parametrize(
    "path",
    [
        "bindings[0].text",
        "environmentVariables.PLAIN",
        "note",
        "nested.password",
        "content",
        "secretText",
        "url",
    ],
)
def test_no_secret_is_told(path: str) -> None:
    inputs: dict[str, Any] = {
        "bindings": [{"name": "JWT", "text": CANARY}],
        "environmentVariables": {"PLAIN": CANARY},
        "note": CANARY,
        "nested": {"password": "hunter2"},
        "content": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": f'"{CANARY}"'},
        "secretText": "[secret]",
        "url": "postgres://me:hunter2@db.example/x",
    }  # fmt: skip
    changed = step("update", "worker:Worker", "worker", inputs, {}, diff={path: "update"})
    text = shown(render([preview(changed)]))
    assert path in text
    assert CANARY not in text
    assert "hunter2" not in text


def test_where_a_secret_lies_open_no_value_of_the_resource_is_told() -> None:
    changed = step(
        "update", "zoneSetting:ZoneSetting", "ssl", {"value": "swordfish"}, {"value": "b"}
    )
    open_secret = violation(family="secrets", rule="forbid-plain-secret")
    verdict = NO_VIOLATION | {"violations": [open_secret]}
    assert "swordfish" in render([preview(changed)])
    assert "swordfish" not in render([preview(changed, verdict=verdict)])
    waived = NO_VIOLATION | {"waived": [{"violation": open_secret, "waiver": {}}]}
    assert "swordfish" not in render([preview(changed, verdict=waived)])


def test_what_has_the_shape_of_a_secret_is_masked_wherever_it_stands() -> None:
    url = "postgres://me:swordfish@db.example/x"
    verdict = NO_VIOLATION | {"violations": [violation(message=url, mend=url)]}
    created = step("create", "zone:Zone", url, new={})
    assert "swordfish" not in render([preview(created, verdict=verdict)])


# Size


def test_a_comment_is_never_too_long_and_says_what_it_leaves_out() -> None:
    created = [
        step("create", "zone:Zone", f"zone-{n}-{'|' * 80}", new={"name": "z"}) for n in range(3000)
    ]
    gone = step("delete", "zone:Zone", "the-deleted-one", {})
    verdict = NO_VIOLATION | {"violations": [violation(message="|" * 300)] * 500}
    text = render([preview(*created, gone, verdict=verdict)])
    assert len(text) <= MOST_CHARACTERS
    assert "the-deleted-one" in text
    shown_rows = sum(line.startswith("| create") for line in text.splitlines())
    left = re.search(r"(\d+) more changes left out", text)
    assert left is not None
    assert int(left[1]) + shown_rows + 1 == 3001
    assert re.search(r"\d+ more violations left out", text)
    assert "500 violations" in text


def test_a_comment_of_very_many_stacks_is_cut_with_a_word() -> None:
    text = render([preview(stack=f"s{n}") for n in range(2000)])
    assert len(text) <= MOST_CHARACTERS
    assert text.endswith("The rest is left out: a comment has no more room.")


# The command


def test_the_command_writes_one_comment_of_all_folders(tmp_path: Path) -> None:
    for stack in ("production", "staging"):
        folder = tmp_path / stack
        folder.mkdir()
        (folder / ABOUT).write_text(
            json.dumps({"stack": stack, "cloud": "local", "split": None, "commit": "c" * 40})
        )
        (folder / PREVIEW).write_text(json.dumps({"steps": [VERSION]}))
        (folder / VERDICT).write_text(json.dumps(NO_VIOLATION))
    file = tmp_path / "comment.md"
    folders = [str(tmp_path / "production"), str(tmp_path / "staging")]
    done = run(*folders, "--output", str(file))
    assert done.exit_code == 0, done.output
    text = file.read_text()
    assert text.startswith(f"{MARKER}\n## Preview: changes production, staging\n")
    assert text.count("### ") == 2
    assert run(*folders).output == text


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    done = run(str(tmp_path / "no"))
    assert done.exit_code == 1
    assert "there is no folder" in str(done.exception)
