"""The settings of a stack: read from its configuration, validated whole."""

from settings.loading import Settings, SettingsError, load
from settings.mistakes import PROJECT
from settings.secrets import SECRETS, SecretSpec
from settings.split import Share

__all__ = ["PROJECT", "SECRETS", "SecretSpec", "Settings", "SettingsError", "Share", "load"]
