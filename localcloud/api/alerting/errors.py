"""What notifications refuse with."""

from localcloud.api.errors import ErrorKind

NO_POLICY = ErrorKind(404, 0, "Policy not found")
NO_WEBHOOK = ErrorKind(404, 0, "Webhook not found")
BAD_TYPE = ErrorKind(400, 17004, "unrecognized alert type: {type}")
NO_MECHANISM = ErrorKind(400, 17102, "at least one mechanism is required")
BAD_POLICY = ErrorKind(400, 17103, "invalid policy: {reason}")
BAD_WEBHOOK = ErrorKind(400, 17104, "invalid webhook: {reason}")
TEST_FAILED = ErrorKind(400, 0, "Webhook test failed: {reason}")
