"""What a stack's Workers are called in the account."""

from __future__ import annotations


def worker_name(environment: str) -> str:
    """The application's Worker, by which its live deployment is read."""
    return f"pitchey-api-{environment}"


def rollouts_name(environment: str) -> str:
    """The Worker that watches over rollouts of the application's."""
    return f"pitchey-rollouts-{environment}"


def dataset_name(environment: str) -> str:
    """The Analytics Engine dataset of the application's requests; such a name has no dashes."""
    return f"pitchey_{environment.replace('-', '_')}"
