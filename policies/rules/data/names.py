"""What a store's name says of what it holds."""

from __future__ import annotations

import re
from typing import Final

from ...properties import Property
from ...resources import Resource

_WORD: Final = re.compile(r"[a-z0-9]+")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NAMES: Final = ("name", "title", "queueName", "bucketName", "scriptName")

DERIVED: Final = frozenset({"cache", "caches", "tmp", "temp", "temporary", "scratch", "ephemeral"})
"""What can be made again, or is not meant to last."""
EXPIRING: Final = DERIVED | {"log", "logs", "preview", "previews", "trash", "incoming", "staging"}
"""What is cleared by age as a matter of course."""
LASTING: Final = frozenset(
    {"upload", "uploads", "attachment", "attachments", "document", "documents", "invoices"}
    | {"avatar", "avatars", "photos", "media", "user", "users", "customer", "customers"}
)
"""What people gave, and expect to find again."""
UPLOADS: Final = frozenset({"upload", "uploads"})
PERSONAL: Final = LASTING - UPLOADS - {"media"}
"""What is nobody's to clear, even where it is only a part of a bucket."""
RECORDS: Final = frozenset(
    {"backup", "backups", "audit", "archive", "archives", "ledger"} | {"compliance", "evidence"}
)
"""What must not be changed or deleted afterwards."""
SESSIONS: Final = frozenset(
    {"session", "sessions", "auth", "permission", "permissions", "identity", "entitlements"}
    | {"login", "iam", "acl"}
)
"""What must be read as it is now, not as it was a minute ago."""


def words_in(text: str) -> set[str]:
    return set(_WORD.findall(_CAMEL.sub(" ", text).lower()))


def words_of(resource: Resource) -> set[str]:
    """The words of a store's own name; of its name in the program, where its own is not known yet."""
    return words_in(told_name(resource) or resource.name)


def told_name(resource: Resource) -> str | None:
    for key in _NAMES:
        given = resource.told(key)
        if text := readable(given):
            return text
    return None


def is_nameless(resource: Resource) -> bool:
    """Whether its own name is not known yet, so that it may say anything; the reading notes it."""
    given = [resource.told(key) for key in _NAMES if resource.told(key).exists]
    return bool(given) and not any(place.is_told for place in given) and given[0].text is None


def readable(property: Property) -> str | None:
    """A text, without a note where it is not known yet: for what is only a hint."""
    return property.text if property.is_told else None
