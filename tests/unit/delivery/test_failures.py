"""What is said when the engine did not go through: one line for each cause, and no value of anybody's."""

from __future__ import annotations

from delivery.engine import Result
from delivery.errors import FailedError, RefusedError
from delivery.events import Diagnostic, Step, Summary, Violation
from delivery.failures import failure_of

URN = "urn:pulumi:production::pitchey::cloudflare:index/worker:Worker::pitchey-api-worker"


def error(message: str) -> Diagnostic:
    return Diagnostic("error", message, URN)


def test_what_is_not_as_planned_is_told_without_old_and_new_values() -> None:
    message = (
        f"resource {URN} violates plan: properties changed: ~~bindings[{{[map[text:{{hunter2-old}}]]}}!="
        "{[map[text:{hunter2-new}]]}], =~observability[{map[enabled:{true}]}], ++tags[{a}]"
    )
    told = failure_of("up", Result(255, "", [error(message)]))
    assert isinstance(told, RefusedError)
    assert told.what == (
        "pitchey-api-worker: is not what the plan says (bindings, observability, tags): "
        "it changed after the preview, so preview it again"
    )


def test_an_operation_that_the_plan_does_not_have_keeps_its_words() -> None:
    message = "create is not allowed by the plan: no steps were expected for this resource"
    assert "no steps were expected" in failure_of("up", Result(255, "", [error(message)])).what


def test_a_mandatory_violation_is_the_cause_whatever_else_is_said() -> None:
    events = [
        error("update failed"),
        Violation("require-https", "checklist", "mandatory", "value: off; set it to on", URN),
        Violation("name-worker-owner", "checklist", "advisory", "no tag", URN),
    ]
    told = failure_of("up", Result(1, "", events))
    assert isinstance(told, RefusedError)
    assert "pitchey-api-worker: require-https: value: off; set it to on" in told.what
    assert "name-worker-owner" not in told.what


def test_a_failed_step_says_how_it_goes_on() -> None:
    events = [
        error("the API answered 500"),
        Step(URN, "create", "failed", planning=False),
        Summary(1.0, {"create": 3}),
    ]
    told = failure_of("up", Result(1, "", events))
    assert isinstance(told, FailedError)
    assert told.hint == "the same command goes on from here: 3 resources were done and are kept"
