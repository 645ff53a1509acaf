"""What stands in a ledger, as others may read it."""

from __future__ import annotations

import pytest

from delivery.report.texts import LONGEST, clean, milliseconds, without_paths


def test_what_every_ledger_holds_stays_as_it_is() -> None:
    for text in (
        "e3441b77-af32-4ba7-9327-9cc9b5fde69c",
        "root@vm (process 26446, 5ee2)",
        "pitchey-api-staging",
        "20261125-101608-9120",
        "error rate 3.1 % of 812 requests, stable 0.4 % of 15,410: worse by more than 0.3 points (1,713 to 1, 1,400 decide)",
    ):
        assert clean(text) == text


def test_controls_are_replaced_and_long_texts_cut() -> None:
    assert clean("a\x1b[31m\u202eb") == "a\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}b"
    assert len(clean("a " * 5000)) == LONGEST + 1


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("https://hooks.example.com/services/T0/B0/x", "https://hooks.example.com/…"),
        ("http://user:secret@localhost:9090/api?token=1", "http://localhost:9090/…"),
        ("https://prometheus.example.com", "https://prometheus.example.com"),
        ("http://[broken", "(address)"),
        ("sum(rate(errors[1m]))", "sum(rate(errors[1m]))"),
    ],
)
def test_an_address_is_its_host(written: str, shown: str) -> None:
    assert without_paths({"url": [written]}) == {"url": [shown]}


def test_a_latency_is_read_at_a_glance() -> None:
    assert [milliseconds(value) for value in (0.0, 43.72, 1250.0)] == ["0 ms", "43.7 ms", "1.25 s"]
