"""What the identity endpoints refuse with."""

from localcloud.api.errors import ErrorKind

INVALID_TOKEN = ErrorKind(401, 1000, "Invalid API Token")
