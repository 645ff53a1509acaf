"""What health checks refuse with. The codes are the local cloud's own: Cloudflare's are not known."""

from localcloud.api.errors import ErrorKind

BAD_CHECK = ErrorKind(400, 1001, "invalid healthcheck: {reason}")
NO_CHECK = ErrorKind(404, 1002, "healthcheck not found")
QUOTA = ErrorKind(400, 1003, "the quota of {limit} healthchecks for this zone is used up")
