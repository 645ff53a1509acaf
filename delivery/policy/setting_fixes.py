"""Settings that break a rule and have one safe mend.

The rules themselves say which: a stack is imagined as the program would declare it from the settings, and a change is
safe when some rule finds less after it, and none finds more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from delivery.policy.yaml_edits import EditError, Place, with_value
from policies.judging import Judge
from policies.properties import Property
from policies.resources import Resource, Stack
from settings.project import PROJECT

Json = Mapping[str, Any]
_YEAR: Final = 31_536_000
_DAY: Final = 86_400
_LOCK_DAYS: Final = 30
_SAMPLING: Final = 0.1
_ADDRESSED: Final = frozenset({"A", "AAAA", "CNAME"})


@dataclass(frozen=True)
class Change:
    """`key` is how people call the place: `worker.workersDev`."""

    key: str
    place: Place
    value: bool | float
    rules: tuple[str, ...] = ()


def mended(text: str, content: object, judge: Judge) -> tuple[str, list[Change], list[str]]:
    """The settings file's text with every safe change, the changes, and what a person has to do. `content` is the loaded text."""
    config = _section(content, "config")
    done: list[Change] = []
    by_hand: list[str] = []
    for change in _candidates(config):
        rules = _mended_by(config, change, judge)
        if not rules:
            continue
        try:
            text = with_value(text, ("config", *change.place), change.value)
        except EditError as error:
            by_hand.append(f"{change.key}: set it to {_told(change.value)} by hand: {error}")
            continue
        config = _changed(config, change)
        done.append(Change(change.key, change.place, change.value, tuple(sorted(rules))))
    return text, done, by_hand


def _candidates(config: Json) -> Iterator[Change]:
    def of(section: str, key: str, value: bool | float) -> Change:
        return Change(f"{section}.{key}", (f"{PROJECT}:{section}", key), value)

    worker = _section(config, f"{PROJECT}:worker")
    for key in ("workersDev", "previewUrls"):
        if worker.get(key) is True:
            yield of("worker", key, False)
    if worker.get("logSampling") in (0, 0.0):
        yield of("worker", "logSampling", _SAMPLING)
    age = _section(config, f"{PROJECT}:security").get("hstsMaxAge", _YEAR)
    if _is_number(age) and age < _YEAR:
        yield of("security", "hstsMaxAge", _YEAR)
    if not _section(config, f"{PROJECT}:uploads").get("lockDays", 0):
        yield of("uploads", "lockDays", _LOCK_DAYS)
    for index, record in enumerate(_records(config)):
        if record.get("type") in _ADDRESSED and not record.get("proxied", False):
            yield Change(
                f"records[{index}].proxied ({record.get('name')})",
                (f"{PROJECT}:records", index, "proxied"),
                True,
            )


def _mended_by(config: Json, change: Change, judge: Judge) -> set[str]:
    before = _found(imagined(config, judge), judge)
    after = _found(imagined(_changed(config, change), judge), judge)
    return set() if after - before else {rule for rule, _, _ in before - after}


def _found(stack: Stack, judge: Judge) -> set[tuple[str, str, str]]:
    fresh = Judge(judge.rules, judge.context)
    return {(v.rule, v.urn, v.message) for v in fresh.judge(stack).violations}


def imagined(config: Json, judge: Judge) -> Stack:
    """What of the stack hangs on the settings that can be mended."""
    name = judge.context.stack
    zone = str(_section(config, f"{PROJECT}:zone").get("name", "zone.example"))
    worker = _section(config, f"{PROJECT}:worker")
    sampling = worker.get("logSampling", 1.0)
    age = _section(config, f"{PROJECT}:security").get("hstsMaxAge", _YEAR)
    days = _section(config, f"{PROJECT}:uploads").get("lockDays", 0)
    bucket = f"{PROJECT}-{name}-uploads"
    kinds: list[tuple[str, str, Json]] = [
        ("Zone", "zone", {"name": zone}),
        *(
            (
                "Worker",
                part,
                {
                    "name": f"{PROJECT}-{part}-{name}",
                    "observability": {"enabled": True, "headSamplingRate": sampling},
                    "subdomain": {
                        "enabled": worker.get("workersDev", False),
                        "previewsEnabled": part == "api" and worker.get("previewUrls", False),
                    },
                },
            )
            for part in ("api", "rollouts")
        ),
        (
            "ZoneSetting",
            "hsts",
            {
                "settingId": "security_header",
                "value": {
                    "strict_transport_security": {
                        "enabled": age != 0,
                        "max_age": age,
                        "include_subdomains": True,
                        "nosniff": True,
                        "preload": False,
                    }
                },
            },
        ),
        ("R2Bucket", "uploads", {"name": bucket}),
    ]
    if _is_number(days) and days > 0:
        condition = {"type": "Age", "maxAgeSeconds": days * _DAY}
        rule = {"id": "lock", "enabled": True, "prefix": "", "condition": condition}
        kinds.append(("R2BucketLock", "lock", {"bucketName": bucket, "rules": [rule]}))
    kinds += [("DnsRecord", f"record-{i}", row) for i, row in enumerate(_records(config))]
    return Stack(name, PROJECT, [_resource(name, *kind) for kind in kinds])


def _resource(stack: str, kind: str, name: str, inputs: Json) -> Resource:
    type = f"cloudflare:index/{kind[0].lower()}{kind[1:]}:{kind}"
    urn = f"urn:pulumi:{stack}::{PROJECT}::{type}::{name}"
    return Resource(urn, type, Property(dict(inputs)), protect=True, retain_on_delete=True)


def _changed(config: Json, change: Change) -> Json:
    section, *rest = change.place
    copied = dict(config)
    if len(rest) == 1:
        copied[str(section)] = {**_section(config, str(section)), str(rest[0]): change.value}
        return copied
    rows = [dict(row) for row in _records(config)]
    rows[int(rest[0])][str(rest[1])] = change.value
    copied[str(section)] = rows
    return copied


def _section(content: object, key: str) -> Json:
    section: object = cast("Json", content).get(key) if isinstance(content, dict) else None
    return cast("Json", section) if isinstance(section, dict) else {}


def _records(config: Json) -> Sequence[Json]:
    rows: object = config.get(f"{PROJECT}:records")
    listed = cast("list[object]", rows) if isinstance(rows, list) else []
    return [cast("Json", row) if isinstance(row, dict) else {} for row in listed]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _told(value: bool | float) -> str:
    return str(value).lower()
