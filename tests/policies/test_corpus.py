"""The labelled corpus is large, even, and judged right."""

from __future__ import annotations

from policies.registry import RULES
from tests.policies.labelled import read_corpus, score

CASES = read_corpus()


def test_the_corpus_is_large_and_half_of_it_is_good() -> None:
    good = sum(not case.expect for case in CASES)
    assert len(CASES) >= 300
    assert 0.45 <= good / len(CASES) <= 0.55


def test_each_case_has_a_name_of_its_own_and_expects_rules_that_there_are() -> None:
    names = [(case.family, case.name) for case in CASES]
    assert len(set(names)) == len(names)
    known = {rule.name for rule in RULES}
    assert {rule for case in CASES for rule in case.expect} <= known


def test_recall_and_precision() -> None:
    total = score(CASES)
    assert total.recall() >= 0.98, "\n".join(total.wrong)
    assert total.precision() >= 0.98, "\n".join(total.wrong)
