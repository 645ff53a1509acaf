"""Text from a document as it may be printed: one line, without what a terminal would obey."""

from __future__ import annotations

from policies.credentials import without_secrets
from policies.masking import MASK
from policies.resources import kind_of


def printable(text: str) -> str:
    """The text with everything escaped that is no visible character, line ends and direction marks too; what looks like
    a secret is masked."""
    text = without_secrets(text, MASK)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def name_of(urn: str) -> str:
    """`pitchey-zone-ssl`."""
    return printable(urn.rsplit("::", 1)[-1])


def kind_in(urn: str) -> str:
    """`ZoneSetting`; nothing for what is no resource."""
    parts = urn.split("::")
    return printable(kind_of(parts[2].rsplit("$", 1)[-1])) if len(parts) > 3 else ""


def stack_in(urn: str) -> str:
    return printable(urn.split("::", 1)[0].removeprefix("urn:pulumi:"))


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 violation`, `2 violations`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
