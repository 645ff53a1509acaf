"""What settings must keep beyond their own form: rules between them, and rules of production."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from settings.fields import requests_of, seconds_of
from settings.gate import is_production
from settings.mistakes import key_of
from settings.model import PLATFORM_HOSTS, Configuration, RecordSettings

_MOST_GUESSES: Final = 60
"""Of passwords, in a minute and at once, on production."""
_ALONE: Final = frozenset({"A", "AAAA", "CNAME"})


def broken_rules(
    stack: str, config: Configuration, records: Mapping[int, RecordSettings]
) -> list[str]:
    """`records` by their place in the settings."""
    return [*_production(stack, config), *_records(config.zone.name, records)]


def _production(stack: str, config: Configuration) -> list[str]:
    if not is_production(stack):
        return []
    ways_in = {
        "workersDev": config.worker.workers_dev,
        "previewUrls": config.worker.preview_urls,
    }
    lines = [
        f"{key_of(('worker', name))}: true on {stack} would be a second, unguarded way in; remove it"
        for name, on in ways_in.items()
        if on
    ]
    rate = config.worker.rate_limits.login
    if rate is not None and requests_of(rate) > _MOST_GUESSES * min(1, seconds_of(rate) / 60):
        lines.append(
            f"{key_of(('worker', 'rateLimits', 'login'))}: {rate} on {stack} would make it cheap to guess passwords; "
            f"{_MOST_GUESSES}/1m is the most"
        )
    return lines


def _records(zone: str, records: Mapping[int, RecordSettings]) -> list[str]:
    lines: list[str] = []
    cnames = Counter(record.name for record in records.values() if record.type == "CNAME")
    addresses = Counter(record.name for record in records.values() if record.type in _ALONE)
    taken = {f"{part}.{zone}" for part in PLATFORM_HOSTS}
    for index, record in records.items():
        key = key_of(("records", index, "name"))
        if record.name != zone and not record.name.endswith(f".{zone}"):
            lines.append(f"{key}: {record.name} is not in {zone}; write {record.name}.{zone}")
        elif record.type in _ALONE and record.name in taken:
            lines.append(f"{key}: {record.name} is the platform's own; choose another name")
        elif record.type in _ALONE and cnames[record.name] and addresses[record.name] > 1:
            lines.append(f"{key}: {record.name} has a CNAME, and no other address beside it")
    return lines
