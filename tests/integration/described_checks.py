"""Read by schemathesis beside its own checks: what is valid by the description is taken, but for what no schema can say."""

from __future__ import annotations

import json
from typing import Any, Final

import schemathesis
from schemathesis.specs.openapi import checks

BEYOND_SCHEMAS: Final = frozenset(
    {
        "cursor: not one that this list gave",
        "is one of the commonest passwords; choose another",
        "the pitch was changed in the meantime: read it again",
        "the file is not what its type says",
    }
)
"""Rules about what a value means: which cursor a list gave, which password is common, which revision is the newest, what is
in a file."""


@schemathesis.check
def valid_data_is_taken(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> bool | None:
    if 400 <= response.status_code < 500 and _reasons(response.text) <= BEYOND_SCHEMAS:
        return None
    return checks.positive_data_acceptance(ctx, response, case)


def _reasons(problem: str) -> set[str]:
    """What the problem gives as its reasons: a fault of each field, otherwise its detail."""
    try:
        said = json.loads(problem)
        faults = [str(fault["detail"]) for fault in said.get("errors", ())]
        return {each.partition(": application/")[0] for each in faults or [str(said["detail"])]}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {problem}
