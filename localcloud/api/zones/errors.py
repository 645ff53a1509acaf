"""What zones refuse with."""

from localcloud.api.errors import ErrorKind

BAD_BODY = ErrorKind(400, 1001, "Invalid zone request: {reason}")
BAD_DOMAIN = ErrorKind(400, 1002, "Invalid domain name: {name}")
NO_SETTING = ErrorKind(400, 1006, "Unrecognized zone setting name: {name}")
BAD_VALUE = ErrorKind(400, 1007, "Invalid value for zone setting {name}")
EMPTY_PURGE = ErrorKind(
    400,
    1012,
    'Request must contain one of "purge_everything", "files", "tags", "hosts" or "prefixes"',
)
BAD_PURGE = ErrorKind(400, 1014, '"{kind}" must be an array of {content}')
PURGE_LIMIT = ErrorKind(400, 1014, '"{kind}" may have at most {limit} entries in one request')
READ_ONLY = ErrorKind(400, 1057, "Zone setting {name} cannot be modified for this zone")
EXISTS = ErrorKind(400, 1061, "{name} already exists")
SUBDOMAIN = ErrorKind(
    400,
    1116,
    "Please ensure you are providing the root domain and not any subdomains (e.g., example.com, not subdomain.example.com)",
)
NO_PLAN = ErrorKind(400, 1001, "Invalid rate plan: {plan}")
BAD_DNSSEC = ErrorKind(400, 1004, "Invalid DNSSEC request: {reason}")
