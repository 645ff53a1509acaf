"""A rule is a value: it can be printed, tested, documented and turned off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum, IntEnum
from typing import Final

from .configuration import Configuration
from .properties import Property
from .resources import Resource, Stack

ANY: Final = "*"
"""In `Rule.kinds`: every resource of Cloudflare's provider."""


class Severity(IntEnum):
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        return self.name.lower()


class Where(Enum):
    """Who judges a rule."""

    PACK = "pack"
    """The engine's analyzer and the gate: the resource's inputs are enough."""
    GATE = "gate"
    """The gate alone, from a preview or a state: it needs deletions, options, or how things are now."""


class Applies(Enum):
    EVERYWHERE = "everywhere"
    PRODUCTION = "production"
    OUTSIDE_PRODUCTION = "outside production"


@dataclass(frozen=True)
class Context:
    """What a check may know besides what it judges. Checks read no clock, no file and no environment."""

    stack: str
    production: bool
    today: date
    """UTC."""
    configuration: Configuration


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. `said` says what, without ever quoting a value that may be a secret."""

    said: str
    at: Property | None = None
    resource: Resource | None = None
    """Of a stack's check: whose fault it is; None where something is missing from the stack."""


ResourceCheck = Callable[[Resource, Context], Iterable[Finding]]
StackCheck = Callable[[Stack, Context], Iterable[Finding]]


@dataclass(frozen=True)
class Rule:
    """`check` judges one resource, `check_stack` a whole stack; a rule has one of them."""

    name: str
    """Verb and noun, in kebab case: `require-strict-tls`."""
    family: str
    severity: Severity
    why: str
    """What it wants and why, in a sentence."""
    kinds: tuple[str, ...]
    """Resource kinds that it reads (`policies.resources.kind_of`)."""
    mend: str
    """What to do about a violation, in the imperative."""
    link: str
    """Official documentation."""
    check: ResourceCheck | None = None
    check_stack: StackCheck | None = None
    hardening: bool = True
    """Whether breaking it opens nothing by itself: outside production it only warns then."""
    applies: Applies = Applies.EVERYWHERE
    where: Where = Where.PACK
    needs_whole: bool = False
    """Whether it looks for what is missing, so that a part of the stack cannot tell."""

    def __post_init__(self) -> None:
        if (self.check is None) == (self.check_stack is None):
            raise ValueError(f"{self.name}: a rule has either check or check_stack")

    def covers(self, resource: Resource) -> bool:
        return resource.kind in self.kinds or (
            ANY in self.kinds and resource.type.startswith("cloudflare:")
        )

    def is_for(self, context: Context) -> bool:
        if self.applies is Applies.PRODUCTION:
            return context.production
        return not (self.applies is Applies.OUTSIDE_PRODUCTION and context.production)

    def is_mandatory(self, context: Context) -> bool:
        """Whether a violation stops preview and apply: from `high` on, and outside production not for mere hardening."""
        return self.severity >= Severity.HIGH and (context.production or not self.hardening)
