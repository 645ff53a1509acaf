"""The stack's configuration as the engine hands it to the program."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pulumi.runtime import config as runtime


def stack_config() -> tuple[Mapping[str, str], Collection[str]]:
    """Every value by its full key, and the keys of those that were encrypted."""
    values = {**runtime.get_config_env(), **runtime.CONFIG.get()}
    encrypted = {key for key in values if runtime.is_config_secret(key)}
    return values, encrypted | set(runtime.get_config_secret_keys_env())
