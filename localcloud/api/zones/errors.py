"""What zones refuse with."""

from localcloud.api.errors import ErrorKind

EXISTS = ErrorKind(400, 1061, "{name} already exists")
BAD_DOMAIN = ErrorKind(400, 1002, "Invalid domain name: {name}")
UNREGISTERED = ErrorKind(400, 1099, "{name} is not a registered domain")
SUBDOMAIN = ErrorKind(
    400,
    1116,
    "Please ensure you are providing the root domain and not any subdomains (e.g., example.com, not subdomain.example.com)",
)
BAD_BODY = ErrorKind(400, 1001, "Invalid zone request: {reason}")
NO_SETTING = ErrorKind(400, 1006, "Unrecognized zone setting name: {name}")
BAD_VALUE = ErrorKind(400, 1007, "Invalid value for zone setting {name}")
READ_ONLY = ErrorKind(400, 1057, "The setting {name} cannot be modified for this zone")
BAD_PURGE = ErrorKind(
    400, 1012, "Request must contain one of purge_everything, files, tags, hosts or prefixes"
)
PURGE_LIMIT = ErrorKind(400, 1094, "At most {limit} operations are allowed in one request")
BAD_DNSSEC = ErrorKind(400, 1004, "DNSSEC status must be active or disabled")
