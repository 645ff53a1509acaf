"""A pack that is broken is told of in one line, and other people's errors are not taken for its."""

from __future__ import annotations

from typing import Any

from delivery.policy.faults import pack_fault
from policies.configuration import Configuration
from policies.documents import value_of


def _raised(call: Any, *arguments: Any) -> Exception:
    try:
        call(*arguments)
    except Exception as error:
        return error
    raise AssertionError("it raised nothing")


def test_a_fault_inside_the_pack_is_placed_and_not_quoted() -> None:
    secret = {"a": object()}
    error = _raised(Configuration().environments_in, secret)
    fault = pack_fault(error)
    assert fault is not None
    assert fault.what.startswith("the policy pack failed (TypeError at policies/configuration.py:")
    assert "object at" not in fault.what
    assert fault.exit_status == 2


def test_a_syntax_error_of_the_pack_is_placed(tmp_path: Any) -> None:
    import policies

    file = str(policies.__file__).replace("__init__", "registry")
    fault = pack_fault(SyntaxError("invalid syntax", (file, 12, 1, "", 12, 2)))
    assert fault is not None
    assert "SyntaxError at policies/registry.py:12" in fault.what
    assert pack_fault(SyntaxError("no", (str(tmp_path / "x.py"), 1, 1, "", 1, 2))) is None


def test_what_fails_elsewhere_is_no_fault_of_the_pack() -> None:
    assert pack_fault(_raised(int, "x")) is None
    assert value_of({"a": 1}) == {"a": 1}
