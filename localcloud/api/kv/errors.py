"""What KV refuses with."""

from localcloud.api.errors import ErrorKind

NO_KEY = ErrorKind(404, 10009, "get: 'key not found'")
NO_NAMESPACE = ErrorKind(404, 10013, "{verb}: 'namespace not found'")
MALFORMED_ID = ErrorKind(
    400,
    10011,
    "could not parse UUID from request's namespace_id: 'uuid: incorrect UUID length: {id}'",
)
BAD_BODY = ErrorKind(400, 10012, "request body is not valid: {reason}")
TITLE_TAKEN = ErrorKind(400, 10014, "a namespace with this account ID and title already exists")
NO_TITLE = ErrorKind(400, 10019, "namespace title must not be empty")
TOO_LONG_KEY = ErrorKind(
    414, 10030, "UTF-8 encoded length of {length} exceeds key length limit of 512."
)
BAD_KEY = ErrorKind(400, 10038, "key '{key}' is not allowed")
NO_KEYS = ErrorKind(400, 10029, "bulk get: 'no keys were given'")
TOO_MANY_KEYS = ErrorKind(400, 10028, "{count} keys are more than the limit of {limit}")
BULK_TOO_LARGE = ErrorKind(
    413, 10037, "{length} bytes in one call are not under the limit of {limit}."
)
TTL_TOO_SMALL = ErrorKind(
    400, 10034, "Invalid expiration_ttl of {ttl}. Expiration TTL must be at least 60."
)
EXPIRATION_TOO_SOON = ErrorKind(
    400,
    10034,
    "Invalid expiration of {at}. Please specify integer greater than the current number of seconds since the UNIX epoch plus 60.",
)
METADATA_TOO_LARGE = ErrorKind(413, 10048, "Metadata length of {length} exceeds limit of 1024.")
VALUE_TOO_LARGE = ErrorKind(413, 10037, "Value length of {length} exceeds limit of 26214400.")
TOO_MANY_NAMESPACES = ErrorKind(400, 10018, "an account has at most {limit} namespaces")
