"""Lists of any keys, page by page, are what a plain reading of them says."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.api.r2 import models, objects
from localcloud.api.r2.objects import Description
from localcloud.api.store import Store

_TEXT = st.text(st.sampled_from("ab/\x7f\u0080é☃\U0010ffff"), max_size=5)


def expected(keys: set[str], prefix: str, delimiter: str, start_after: str) -> list[str]:
    """Keys and folders, in order; a folder is there once, for what is in it behind `start_after`."""
    found: list[str] = []
    for key in sorted(keys, key=str.encode):
        if not key.startswith(prefix) or key.encode() <= start_after.encode():
            continue
        rest = key[len(prefix) :]
        inside = bool(delimiter) and delimiter in rest
        shown = key[: len(prefix) + rest.index(delimiter) + len(delimiter)] if inside else key
        if not inside or shown not in found:
            found.append(shown)
    return found


@settings(max_examples=150, deadline=None)
@given(
    keys=st.sets(_TEXT.filter(bool), max_size=12),
    prefix=st.one_of(st.just(""), _TEXT),
    delimiter=st.sampled_from(["", "/", "a", "☃", "//"]),
    start_after=st.one_of(st.just(""), _TEXT),
    limit=st.integers(1, 5),
)
def test_pages(keys: set[str], prefix: str, delimiter: str, start_after: str, limit: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "state.db")
        bucket = models.create_bucket(store, "account", {"name": "uploads"}, "default")
        for key in keys:
            objects.put(store, bucket, key, [], etag="e", description=Description())
        seen: list[str] = []
        cursor = ""
        while True:
            page = objects.page(
                store,
                bucket,
                prefix=prefix,
                delimiter=delimiter,
                start_after=start_after,
                cursor=cursor,
                limit=limit,
            )
            names = [*(item.key for item in page.objects), *page.folders]
            assert len(names) == limit or (page.cursor == "" and len(names) < limit)
            seen += sorted(names, key=str.encode)
            cursor = page.cursor
            if not cursor:
                break
        store.close()
    assert seen == expected(keys, prefix, delimiter, start_after)
