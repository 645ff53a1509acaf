"""What R2 refuses with."""

from localcloud.api.errors import ErrorKind

EXISTS = ErrorKind(409, 10004, "The bucket you tried to create already exists, and you own it.")
BAD_NAME = ErrorKind(400, 10005, "The specified bucket name is not valid.")
NO_BUCKET = ErrorKind(404, 10006, "The specified bucket does not exist.")
NO_KEY = ErrorKind(404, 10007, "The specified key does not exist.")
NOT_EMPTY = ErrorKind(
    409, 10008, "The bucket you tried to delete ({bucket}) is not empty (account {account})"
)
BAD_BODY = ErrorKind(400, 10040, "The request body is not valid: {reason}")
BAD_KEY = ErrorKind(400, 10020, "The specified object name is not valid.")
METADATA_TOO_LARGE = ErrorKind(
    400, 10012, "Your metadata of {length} bytes exceeds the limit of {limit}."
)
TOO_LARGE = ErrorKind(
    400, 100100, "The object is over the {limit} bytes that this API takes at once."
)
NO_CORS = ErrorKind(404, 10059, "The CORS configuration does not exist.")
LOCKED = ErrorKind(
    403,
    10069,
    "The object is locked by the bucket's rule {rule} and cannot be overwritten or deleted.",
)
NO_DOMAIN = ErrorKind(404, 10015, "The custom domain {domain} does not exist.")
DOMAIN_TAKEN = ErrorKind(409, 10074, "The custom domain {domain} is already in use.")
TOO_MANY_DOMAINS = ErrorKind(400, 10076, "A bucket has at most {limit} custom domains.")
FOREIGN_ZONE = ErrorKind(
    400, 10075, "The zone {zone} does not exist in this account or does not hold {domain}."
)
