"""Why there is no engine."""

from localcloud.errors import LocalCloudError


class EngineError(LocalCloudError):
    """The engine could not be obtained; the text says what to do."""
