"""The wanted split: what is accepted, and in which order it is handed on."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.errors import RefusedError
from delivery.split import Share, read_shares, to_environment
from settings.split import SPLIT

STABLE = "11111111-1111-4111-8111-111111111111"
UPLOADED = "22222222-2222-4222-8222-222222222222"
OUTPUTS = {
    "stableVersionId": STABLE,
    "candidateVersionId": None,
    "uploadedVersionId": UPLOADED,
    "split": [{"versionId": STABLE, "percentage": 100}],
}


def test_versions_are_named_by_role_by_id_and_by_the_beginning_of_an_id() -> None:
    for words in (["stable=90", "uploaded=10"], [f"{STABLE}=90", f"{UPLOADED[:8]}=10%"]):
        shares = read_shares(words, OUTPUTS)
        assert shares == [Share(STABLE, Decimal(90)), Share(UPLOADED, Decimal(10))]


def test_a_live_version_keeps_its_place_however_the_split_is_written() -> None:
    shares = read_shares(["uploaded=10", "stable=90"], OUTPUTS)
    assert [share.version_id for share in shares] == [STABLE, UPLOADED]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["stable=90"], "add up to 90"),
        (["stable=60", "uploaded=60"], "add up to 120"),
        (["stable=50", "stable=50"], "named twice"),
        (["stable=-10", "uploaded=110"], "not between 0 and 100"),
        (["candidate=100"], "no candidate version"),
        (["stable"], "not VERSION=PERCENTAGE"),
        (["stable=many"], "not VERSION=PERCENTAGE"),
        (["stable=nan"], "not VERSION=PERCENTAGE"),
        (["deadbeef=100"], "not known to this stack"),
        ([], "one or two versions, not 0"),
        (["stable=50", "uploaded=25", f"{STABLE[:-1]}3=25"], "one or two versions, not 3"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(words: list[str], said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        read_shares(words, OUTPUTS)


@given(st.decimals(min_value=0, max_value=100, places=2))
def test_any_two_shares_that_make_100_are_handed_on_as_they_are(first: Decimal) -> None:
    handed = to_environment([Share(STABLE, first), Share(UPLOADED, 100 - first)])
    wanted = json.loads(handed[SPLIT])
    assert [share["versionId"] for share in wanted] == [STABLE, UPLOADED]
    assert Decimal(str(wanted[0]["percentage"])) == first


@given(
    st.decimals(min_value=0, max_value=100, places=2),
    st.decimals(min_value=0, max_value=100, places=2),
)
def test_two_shares_that_do_not_make_100_are_never_handed_on(
    first: Decimal, second: Decimal
) -> None:
    if first + second == 100:
        return
    with pytest.raises(RefusedError, match="add up to"):
        to_environment([Share(STABLE, first), Share(UPLOADED, second)])
