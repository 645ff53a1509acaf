"""Lists by page, as most of the API gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    items: Sequence[T]
    info: dict[str, Any]


def paginate(
    items: Sequence[T], query: Mapping[str, str], *, default: int = 20, limit: int = 1000
) -> Page[T]:
    """The page that `page` and `per_page` name, with its `result_info`.

    A page past the end is empty: the official SDKs ask for page after page until one is.
    """
    page = max(1, _whole_number(query.get("page"), 1))
    per_page = min(limit, max(1, _whole_number(query.get("per_page"), default)))
    start = (page - 1) * per_page
    shown = items[start : start + per_page]
    return Page(
        shown,
        {
            "page": page,
            "per_page": per_page,
            "count": len(shown),
            "total_count": len(items),
            "total_pages": -(-len(items) // per_page),
        },
    )


def _whole_number(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isdecimal() else default
