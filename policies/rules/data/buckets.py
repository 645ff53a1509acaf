"""R2: lifecycle rules that would eat live data, and locks on what must last."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from ...masking import shown
from ...properties import Property
from ...resources import Resource, Stack
from ...rule import Applies, Context, Finding, Rule, Severity
from .names import (
    DERIVED,
    EXPIRING,
    LASTING,
    PERSONAL,
    RECORDS,
    UPLOADS,
    is_nameless,
    words_in,
    words_of,
)

_FAMILY: Final = "data"
_DAY: Final = 86_400
_LEAST_DAYS: Final = 31
"""An age below it, for a whole bucket, is a mistake or a bucket whose name should say so."""
_LEAST_DAYS_LASTING: Final = 366
_LEAST_DAYS_RECORDS: Final = 7
"""Backups are cleared by age, but not before somebody could miss what is in them."""
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def _eats_live_data(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.is_deleted:
        return
    if is_nameless(resource):
        return
    bucket = words_of(resource)
    if bucket & EXPIRING and not bucket & RECORDS:
        return
    for rule in resource.inputs["rules"].elements():
        condition = rule.at("deleteObjectsTransition", "condition")
        prefix = rule.at("conditions", "prefix")
        if not condition.exists or not (rule["enabled"].flag or not rule["enabled"].exists):
            continue
        least, what = _least_days(bucket), "every object of the bucket"
        if prefix.exists and prefix.text != "":
            words = words_in(prefix.text or "")
            if not words & PERSONAL or words & EXPIRING:
                continue
            least, what = _LEAST_DAYS, f"every object under {shown(prefix)}"
        age = condition["maxAge"].number
        if age is not None and age < least * _DAY:
            yield Finding(f"deletes {what} after {age / _DAY:g} days", condition["maxAge"])
        day = _day(condition["date"])
        if day is not None and (day - context.today).days < least:
            yield Finding(f"deletes {what} on {shown(condition['date'])}", condition["date"])


def _least_days(bucket: set[str]) -> int:
    if bucket & LASTING:
        return _LEAST_DAYS_LASTING
    return _LEAST_DAYS_RECORDS if bucket & RECORDS else _LEAST_DAYS


def _unlocked(stack: Stack, context: Context) -> Iterator[Finding]:
    locked = [lock.inputs["bucketName"] for lock in stack.of("R2BucketLock")]
    # A stack with a zone is a whole platform, and answers for its uploads; a bucket alone may be somebody's inbox.
    lasting = RECORDS | UPLOADS if stack.of("Zone") else RECORDS
    for bucket in stack.of("R2Bucket"):
        name = bucket.inputs["name"]
        words = words_of(bucket)
        if (
            words & lasting
            and not is_nameless(bucket)
            and not words & DERIVED
            and not any(_may_be_same(name, lock) for lock in locked)
        ):
            yield Finding("nothing keeps its objects from being deleted", name, bucket)


def _may_be_same(name: Property, other: Property) -> bool:
    here, there = name.text, other.text
    return here is None or there is None or here == there


def _weak_locks(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.is_deleted:
        return
    rules = resource.inputs["rules"]
    every = rules.elements()
    if not every and rules.is_told:
        yield Finding("the lock has no rule, so it locks nothing", rules)
    for rule in every:
        enabled = rule["enabled"]
        if enabled.flag is False and not any(_covers(other, rule) for other in every):
            yield Finding("this rule is off", enabled)
        age = rule.at("condition", "maxAgeSeconds")
        seconds = age.number
        if enabled.flag is not False and seconds is not None and seconds < _DAY:
            yield Finding("locks objects for less than a day", age)
        day = _day(rule.at("condition", "date"))
        if enabled.flag is not False and day is not None and day < context.today:
            yield Finding("the lock has ended", rule.at("condition", "date"))


def _covers(rule: Property, other: Property) -> bool:
    """Whether an enabled rule locks everything that another one would."""
    if rule["enabled"].flag is False:
        return False
    return (other["prefix"].text or "").startswith(rule["prefix"].text or "")


def _day(property: Property) -> date | None:
    text = property.text if property.exists else None
    found = _DATE.match(text or "")
    try:
        return date.fromisoformat(found.group()) if found else None
    except ValueError:
        return None


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="limit-lifecycle-deletion",
        family=_FAMILY,
        severity=Severity.HIGH,
        why="a lifecycle rule without a prefix deletes whatever is in the bucket once it is old enough, live data too",
        kinds=("R2BucketLifecycle",),
        mend="give the rule the prefix of what may go (tmp/), or an age that no live object reaches",
        link="https://developers.cloudflare.com/r2/buckets/object-lifecycles/",
        check=_eats_live_data,
        applies=Applies.PRODUCTION,
    ),
    Rule(
        name="require-bucket-lock",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="uploads, backups and audit records must last, also when a Worker or a stolen key deletes them",
        kinds=("R2Bucket", "R2BucketLock", "Zone"),
        mend="add an R2BucketLock with an enabled rule for the bucket",
        link="https://developers.cloudflare.com/r2/buckets/bucket-locks/",
        check_stack=_unlocked,
        applies=Applies.PRODUCTION,
        needs_whole=True,
    ),
    Rule(
        name="keep-bucket-locks",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="a lock whose rules are off, over or shorter than a day protects nothing",
        kinds=("R2BucketLock",),
        mend="enable the rule and give it the days for which objects must last",
        link="https://developers.cloudflare.com/r2/buckets/bucket-locks/",
        check=_weak_locks,
        applies=Applies.PRODUCTION,
    ),
)
