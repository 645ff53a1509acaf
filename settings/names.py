"""What a stack's parts are called in the account, for whoever has no time to ask the engine."""

from __future__ import annotations

from components.names import dataset_name, rollouts_name, worker_name
from settings.project import PROJECT

__all__ = ["dataset_name", "flags_title", "pages_name", "rollouts_name", "worker_name"]


def pages_name(environment: str) -> str:
    """The Pages project."""
    return f"{PROJECT}-{environment}"


def flags_title(environment: str) -> str:
    """The KV namespace of the feature flags."""
    return f"{PROJECT}-{environment}-flags"
