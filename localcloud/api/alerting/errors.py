"""What notifications refuse with. 17104 is a code of the local cloud's own: Cloudflare's is not known."""

from localcloud.api.errors import ErrorKind

NO_POLICY = ErrorKind(404, 0, "Policy not found")
NO_WEBHOOK = ErrorKind(404, 0, "Webhook not found")
NO_SILENCE = ErrorKind(404, 0, "Silence not found")
BAD_WEBHOOK_ID = ErrorKind(400, 0, "invalid Webhook ID")
TEST_FAILED = ErrorKind(400, 0, "Webhook test failed{reason}")
BAD_TYPE = ErrorKind(400, 17004, "unrecognized alert type: {type}")
NO_MECHANISM = ErrorKind(400, 17102, "at least one mechanism is required")
BAD_FILTERS = ErrorKind(400, 17103, "invalid filters: {reason}")
BAD_REQUEST = ErrorKind(400, 17104, "invalid {what}: {reason}")
