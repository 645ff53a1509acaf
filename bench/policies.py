"""Figures of the policy pack: how often it is right, how long it takes, and what it adds to a preview."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from bench.clone import Clone
from bench.figures import Figure, Measured, Reporter, Table, at_least, at_most, show_table
from delivery.engine import Engine
from localcloud.cloud import LocalCloud
from policies.configuration import Configuration
from policies.documents import stack_of_state
from policies.judging import Judge
from policies.properties import Property
from policies.registry import RULES
from policies.resources import Stack
from policies.rule import Context, Rule
from tests.policies.labelled import Labelled, Score, read_corpus, score

_ROOT: Final = Path(__file__).parents[1]
_RESOURCES: Final = 1000
_RUNS: Final = 9
_PAIRS: Final = 15
_SHOWN: Final = 15
_URN: Final = "urn:pulumi:production::shop::pulumi:pulumi:Stack::shop-production"
_ENCRYPTED: Final = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    "ciphertext": "v1:bm9uY2Vub25jZW5v:c2VjcmV0",
}


def measure(report: Reporter) -> list[Measured]:
    """What needs no cloud and no engine."""
    cases = read_corpus()
    report(f"{len(cases)} labelled cases")
    figures: list[Measured] = [*_rightness(cases)]
    document = state_of(cases, _RESOURCES)
    figures += _whole_process(document, report)
    report("the time that each rule takes")
    figures.append(_slowest_rules(stack_of_state(document)))
    return figures


def measure_preview(clone: Clone, report: Reporter) -> list[Figure]:
    """Production's preview with the pack and without, in turn, so that a busy machine is busy for both."""
    report("production comes up")
    clone.done("up", "production")
    cloud = LocalCloud(clone.folder)
    engine = Engine(cloud.engine(), clone.folder, cloud.environment())
    config = str(cloud.config_file("production"))
    plain = ("preview", "--stack", "production", "--config-file", config)
    judged = (*plain, "--policy-pack", str(clone.folder / "policies"))
    taken: dict[tuple[str, ...], list[float]] = {plain: [], judged: []}
    for number in range(_PAIRS + 1):
        report(f"preview of production without the pack and with it, {number} of {_PAIRS}")
        for arguments in (plain, judged) if number % 2 else (judged, plain):
            seconds = _seconds(lambda arguments=arguments: _must_run(engine, arguments))
            if number:  # the first of each fills caches
                taken[arguments].append(seconds)
    before, after = (statistics.median(taken[arguments]) for arguments in (plain, judged))
    name = "what the policy pack adds to a preview of production"
    return [at_most(name, (after / before - 1) * 100, "%", 15)]


def _must_run(engine: Engine, arguments: Sequence[str]) -> None:
    result = engine.run(arguments, lambda _event: None)
    if result.exit_status != 0:
        raise RuntimeError(f"preview: {result.output[-2000:]}")


def _rightness(cases: Sequence[Labelled]) -> Iterator[Measured]:
    total = score(cases)
    for line in total.wrong:
        Console(stderr=True, highlight=False).print(f"  {line}")
    good = sum(not case.expect for case in cases)
    yield at_least("labelled cases for the policy pack", len(cases), "cases", 300)
    yield at_least("good cases among them", good, "cases", 150)
    yield at_least("recall of the policy pack", total.recall(), "", 0.98)
    yield at_least("precision of the policy pack", total.precision(), "", 0.98)
    rows = [_row(rule, total) for rule in RULES]
    columns = ("rule", "recall", "precision", "violations labelled")
    show_table(Table("recall and precision by rule", columns, rows), Console(highlight=False))
    least = sorted(rows, key=lambda row: (min(row[1], row[2]), row[3]))[:_SHOWN]
    yield Table("recall and precision, the rules that are least sure", columns, least)


def _row(rule: Rule, total: Score) -> tuple[str, float, float, int]:
    labelled = total.hits[rule.name] + total.missed[rule.name]
    recall, precision = total.recall(rule.name), total.precision(rule.name)
    return rule.name, round(recall, 3), round(precision, 3), labelled


def _whole_process(document: object, report: Reporter) -> list[Figure]:
    taken: list[float] = []
    with tempfile.TemporaryDirectory(prefix="pitchey-bench-") as folder:
        file = Path(folder) / "state.json"
        file.write_text(json.dumps(document, indent=4), encoding="utf-8")
        command = (sys.executable, "-m", "delivery", "policy", "check", "--state", str(file), "--json")  # fmt: skip
        for number in range(_RUNS + 1):
            report(f"{_RESOURCES} resources judged from a file, {number} of {_RUNS}")
            taken.append(_seconds(lambda: _judged(command)))
    name = f"{_RESOURCES} resources judged from a file, the whole process"
    return [
        at_most(name, statistics.median(taken[1:]), "s", 2),
        at_most(f"{name}, slowest of {_RUNS}", max(taken[1:]), "s", 2),
    ]


def _judged(command: Sequence[str]) -> None:
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 1 or not json.loads(done.stdout)["violations"]:
        raise RuntimeError(f"policy check ended with {done.returncode}: {done.stderr}")


def _seconds(run: Callable[[], None]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _slowest_rules(stack: Stack) -> Table:
    context = Context("production", True, datetime.now(UTC).date(), Configuration())
    rows: list[tuple[str, int, float, float]] = []
    for rule in RULES:
        read = [resource for resource in stack.resources if rule.covers(resource)]
        if read and rule.is_for(context):
            seconds = statistics.median(_of_rule(rule, stack, context) for _ in range(3))
            each = round(seconds / len(read) * 1e6, 1)
            rows.append((rule.name, len(read), each, round(seconds * 1000, 1)))
    slowest = sorted(rows, key=lambda row: row[2], reverse=True)[:_SHOWN]
    columns = ("rule", "resources read", "µs each", "ms")
    return Table(f"time by rule over {_RESOURCES} resources, the slowest", columns, slowest)


def _of_rule(rule: Rule, stack: Stack, context: Context) -> float:
    judge = Judge([rule], context)
    if rule.check_stack is not None:
        return _seconds(lambda: _nothing(judge.judge_stack(stack)))
    read = [resource for resource in stack.resources if rule.covers(resource)]
    return _seconds(lambda: _nothing([judge.judge_resource(resource) for resource in read]))


def _nothing(_: object) -> None:
    return


def state_of(cases: Sequence[Labelled], count: int) -> dict[str, Any]:
    """A state as `pulumi stack export` writes it, of so many resources of the corpus, from all families alike."""
    known = [
        resource
        for case in cases
        if case.stack.name == "production"
        for resource in case.stack.resources
        if resource.type.startswith("cloudflare:")
    ]
    rows: list[dict[str, Any]] = [{"urn": _URN, "type": "pulumi:pulumi:Stack"}]
    for number in range(count):
        resource = known[number * len(known) // count]
        inputs = {key: _raw(value) for key, value in resource.inputs.entries()}
        id = f"{number:032x}"
        rows.append(
            {
                "urn": f"{resource.urn}-{number}",
                "custom": True,
                "id": id,
                "type": resource.type,
                "inputs": inputs,
                "outputs": {**inputs, "id": id},
                "parent": _URN,
                "protect": resource.protect is True,
                "retainOnDelete": resource.retain_on_delete is True,
            }
        )
    return {"version": 3, "deployment": {"manifest": {}, "resources": rows}}


def _raw(value: Property) -> object:
    """As JSON; what was not known yet is null in a state."""
    if value.is_secret:
        return _ENCRYPTED
    if members := value.entries():
        return {key: _raw(inner) for key, inner in members}
    if elements := value.elements():
        return [_raw(inner) for inner in elements]
    return value.plain()
