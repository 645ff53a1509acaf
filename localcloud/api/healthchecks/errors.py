"""What health checks refuse with."""

from localcloud.api.errors import ErrorKind

NO_CHECK = ErrorKind(404, 1002, "healthcheck not found")
BAD_CHECK = ErrorKind(400, 1001, "invalid healthcheck: {reason}")
QUOTA = ErrorKind(400, 1003, "the quota of {limit} healthchecks for this zone is used up")
