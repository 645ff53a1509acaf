"""A strategy's file: found by name or path, and every mistake in it told at once with its line."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.errors import RefusedError
from delivery.rollout.strategy import Strategy
from delivery.rollout.strategy_files import (
    read_strategy,
    shipped,
    strategies,
    strategy_from_json,
    strategy_json,
)

WHOLE = "name: own\nsteps: [{share: 100}]\n"


def written(project: Path, text: str | bytes, name: str = "own") -> str:
    folder = project / "strategies"
    folder.mkdir(exist_ok=True)
    content = text.encode() if isinstance(text, str) else text
    (folder / f"{name}.yaml").write_bytes(content)
    return name


def mistakes(project: Path, text: str | bytes) -> list[str]:
    """Lines without the file's name."""
    with pytest.raises(RefusedError) as refused:
        read_strategy(written(project, text), project)
    first, *lines = refused.value.what.split("\n  ")
    assert first.endswith("in strategy own:")
    assert all(line.startswith("strategies/own.yaml:") for line in lines)
    return [line.removeprefix("strategies/own.yaml:") for line in lines]


@pytest.mark.parametrize("name", ["all-at-once", "blue-green", "canary", "fast"])
def test_the_shipped_strategies_are_read(tmp_path: Path, name: str) -> None:
    assert name in shipped()
    assert read_strategy(name, tmp_path).name == name


def test_the_canary_grows_from_1_percent_to_all(tmp_path: Path) -> None:
    steps = read_strategy("canary", tmp_path).steps
    assert [step.share for step in steps] == [1, 5, 10, 25, 50, 100]


def test_the_projects_own_goes_before_a_shipped_one(tmp_path: Path) -> None:
    written(tmp_path, "name: fast\nbake: 7\nsteps: [{share: 100}]\n", "fast")
    assert read_strategy("fast", tmp_path).bake == 7
    assert "fast" in strategies(tmp_path)
    assert len(strategies(tmp_path)) == len(shipped())


def test_a_path_counts_from_the_working_folder_or_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.yaml").write_text(WHOLE)
    monkeypatch.chdir("/")
    for path in ("mine.yaml", "./mine.yaml", str(tmp_path / "mine.yaml")):
        assert read_strategy(path, tmp_path).name == "own"
    monkeypatch.chdir(tmp_path)
    assert read_strategy("mine.yaml", tmp_path / "elsewhere").name == "own"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("canery", "did you mean canary?"),
        ("Canary", "did you mean canary?"),
        ("zzz", "use one of all-at-once, blue-green, canary, fast, low-traffic, or a file's path"),
        ("gone.yaml", "use one of all-at-once, blue-green, canary, fast, low-traffic"),
        ("../../etc", "use one of all-at-once, blue-green, canary, fast, low-traffic"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(tmp_path: Path, name: str, hint: str) -> None:
    with pytest.raises(RefusedError, match="there is no strategy") as refused:
        read_strategy(name, tmp_path)
    assert refused.value.hint == hint


def test_durations_and_shares_are_what_they_say(tmp_path: Path) -> None:
    text = "name: own\nsteps:\n  - {share: 0.25, duration: 1.5m}\n  - {share: 100, duration: 1h}\nlook: 500ms\nbake: 90\n"
    strategy = read_strategy(written(tmp_path, text), tmp_path)
    assert strategy.steps[0].share == Decimal("0.25")
    assert [step.duration for step in strategy.steps] == [90, 3600]
    assert (strategy.look, strategy.bake) == (0.5, 90)


def test_every_mistake_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    text = """name: own
discription: says what it is for
steps:
  - {share: 0.125}
  - share: 120
    duration: 1:30
  - {share: 100, least_requests: 1}
inconclusive: {extensions: 1.5, then: retrun}
look: 1
look: 2
analysis:
  errors: {tolerance: 0.1}
  custom:
    - {name: B, source: {kind: webhook, url: ftp://x}, atMost: 1}
    - {name: b, source: {kind: prom}}
probes: {fillIn: maybe, checks: [{path: x}]}
bake: 8d
"""
    assert mistakes(tmp_path, text) == [
        "2: discription: unknown; did you mean description?",
        "4: steps[0].share: 0.125 must have at most 2 decimals",
        "5: steps[1].share: 120 must be at most 100",
        '6: steps[1].duration: "1:30" must be a duration like 30s, 5m or 1h',
        "7: steps[2].least_requests: unknown; did you mean leastRequests?",
        "8: inconclusive.extensions: 1.5 must be a whole number",
        "8: inconclusive.then: \"retrun\" must be pause or return; did you mean return?",
        "10: look: stands there twice, first on line 9; remove one",
        "12: analysis.errors: tolerance must be above smallestDifference",
        '14: analysis.custom[0].name: "B" must be up to 40 lower-case letters, digits and dashes, a letter first',
        '14: analysis.custom[0].source.url: "ftp://x" must begin with https:// or http://',
        "15: analysis.custom[1].source: has no kind prom; use one of prometheus, analyticsEngine, webhook",
        '16: probes.checks[0].path: "x" must begin with /',
        '16: probes.fillIn: "maybe" must be true or false',
        '17: bake: "8d" must be a duration like 30s, 5m or 1h',
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "1: is empty; it needs name and steps"),
        ("# nothing yet\n", "1: is empty; it needs name and steps"),
        ("- share: 1\n", "1: must be keys and values; it needs name and steps"),
        ("name: own\nsteps: [\n", "3: is not YAML, "),
        ("name: own\n\tsteps: 1\n", "2: is not YAML, "),
        ("name: own\n---\nname: two\n", "2: is not YAML, but found another document"),
        (b"name: own\n\xff\n", "2: is no text in UTF-8; save it as such"),
        ("name: own\nx: \x00\n", "2: has a character that YAML forbids; remove it"),
        ("name: own\nsteps: &a\n  - *a\n", "3: has an alias; write the values out"),
        ("name: own\n" + " " * 70_000, "1: is larger than 64 KiB; a strategy is a page of text"),
        (
            "x: " + "[" * 60_000,
            "1: is nested too deeply; a strategy has at most six levels",
        ),
    ],
    ids=lambda case: repr(case)[:24],
)
def test_what_is_no_strategy_at_all_is_one_line(
    tmp_path: Path, text: str | bytes, line: str
) -> None:
    (told,) = mistakes(tmp_path, text)
    assert told.startswith(line)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("steps: [{share: 5}, {share: 5}, {share: 100}]", "2: steps: each share must be larger"),
        ("steps: [{share: 5}]", "2: steps: the last share must be 100"),
        ("steps: []", "2: steps: must not be empty; it needs at least 1"),
        ("steps: [{share: 5}, {share: 100}]\nsplit: false", "2: steps: without split the shares"),
        ("steps: [{share: 100}]\nlook: 0", "1: look and probes.every must be longer than 0"),
        ("bake: 1", "1: steps: is missing; add it"),
        ("steps: [{share: 100}]\ntriggers: {errorRate: {above: .inf}}", "3: triggers.errorRate.above: .inf is no"),
        ("steps: [{share: 100}]\ntriggers: {errorRate: {above: 1e999}}", "3: triggers.errorRate.above: 1e999 is no"),
        ("steps: [{share: 100}]\nbake: !!python/name:os.system x", "3: bake: tag:yaml.org,2002:python/name:os.system is no kind"),
        ("steps: [{share: 100}]\nnoData:", "3: noData: null must be a section"),
    ],
)  # fmt: skip
def test_rules_between_keys_are_told_at_the_key(tmp_path: Path, change: str, line: str) -> None:
    (told,) = mistakes(tmp_path, f"name: own\n{change}\n")
    assert told.startswith(line)


def test_a_rule_is_told_although_something_else_is_wrong(tmp_path: Path) -> None:
    told = mistakes(tmp_path, "name: own\nbake: soon\nsteps: [{share: 5}]\n")
    assert [line.split(":")[0] for line in told] == ["2", "3"]


def test_a_file_is_named_as_the_strategy_in_it(tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path, WHOLE.replace("own", "other"))
    assert told == '1: name: "other" is not the file\'s own; name it own, or rename the file'


def test_a_secret_is_refused_and_not_repeated(tmp_path: Path) -> None:
    text = (
        WHOLE
        + "analysis:\n  custom:\n    - name: x\n      atMost: 1\n      source:\n        kind: webhook\n"
    )
    told = mistakes(tmp_path, text + "        url: https://me:hunter2hunter2@numbers.example/x\n")
    assert told == [
        "9: analysis.custom[0].source.url: looks like a secret, and a strategy is plain text; "
        "remove it and change it where it comes from"
    ]
    told = mistakes(tmp_path, WHOLE + "bake: sk_live_abcdefgh\n")
    assert told
    assert "sk_live" not in "".join(told)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_stands_in_a_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(content)
    with pytest.raises(RefusedError, match=r"in strategy [^\n]+:\n  [^\n]+:\d+: "):
        read_strategy(str(file), file.parent)


def test_a_strategy_is_the_same_after_the_ledger(tmp_path: Path) -> None:
    text = """name: own
split: true
steps: [{share: 0.01, duration: 100ms}, {share: 33.3}, {share: 100, leastRequests: 0}]
triggers: {cache: null, security: null, errorRate: {above: 12.5}}
analysis:
  latency: {quantiles: [50, 99.9]}
  segments: null
  custom:
    - {name: a, source: {kind: prometheus, url: "http://p", query: 'x{v="{version}"}'}, atMost: 0.1}
    - {name: b, source: {kind: analyticsEngine, query: SELECT 1}, atLeast: -1}
    - {name: c, source: {kind: webhook, url: "https://w"}, atMostTimesStable: 1.1}
probes: {checks: [{path: /x, method: POST, status: 201, contains: "yes", within: 1s}]}
"""
    for strategy in (
        read_strategy(written(tmp_path, text), tmp_path),
        *(read_strategy(name, tmp_path) for name in shipped()),
    ):
        told = json.loads(json.dumps(strategy_json(strategy)))
        assert strategy_from_json(told) == strategy
        assert strategy_json(strategy_from_json(told)) == told


def test_a_ledgers_strategy_keeps_what_were_defaults() -> None:
    told = strategy_json(Strategy.model_validate({"name": "x", "steps": [{"share": 100}]}))
    assert told["noData"] == {"returnAfter": 120.0}
    assert told["triggers"]["errorRate"]["leastRequests"] == 100


def test_a_newer_versions_strategy_is_refused(tmp_path: Path) -> None:
    told = strategy_json(read_strategy("fast", tmp_path))
    told["probes"]["weather"] = 1
    with pytest.raises(RefusedError, match=r"not one that this pitchey knows \(probes.weather\)"):
        strategy_from_json(told)
