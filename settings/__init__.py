"""The settings of a stack: read from its configuration, validated whole."""

from settings.loading import PROJECT, Settings, SettingsError, Share, load
from settings.secrets import SECRETS, SecretSpec

__all__ = ["PROJECT", "SECRETS", "SecretSpec", "Settings", "SettingsError", "Share", "load"]
