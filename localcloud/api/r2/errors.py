"""What R2 refuses with."""

from localcloud.api.errors import ErrorKind

INTERNAL = ErrorKind(500, 10001, "We encountered an internal error. Please try again.")
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
ENTITY_TOO_LARGE = ErrorKind(
    400, 100100, "Your proposed upload exceeds the maximum allowed object size."
)
ENTITY_TOO_SMALL = ErrorKind(
    400, 10011, "Your proposed upload is smaller than the minimum allowed object size."
)
BAD_LIMIT = ErrorKind(400, 10022, "MaxKeys params must be positive integer <= 1000.")
NO_UPLOAD = ErrorKind(404, 10024, "The specified multipart upload does not exist.")
NO_PART = ErrorKind(400, 10025, "One or more of the specified parts could not be found.")
BAD_ARGUMENT = ErrorKind(400, 10029, "Invalid argument: {reason}")
PRECONDITION_FAILED = ErrorKind(
    412, 10031, "At least one of the pre-conditions you specified did not hold."
)
BAD_DIGEST = ErrorKind(
    400,
    10037,
    "The {algorithm} checksum you specified did not match what we received.\n"
    "You provided a {algorithm} checksum with value: {given}\nActual {algorithm} was: {actual}",
)
BAD_RANGE = ErrorKind(416, 10039, "The requested range is not satisfiable")
UNEQUAL_PARTS = ErrorKind(
    400,
    10048,
    "There was a problem with the multipart upload: all parts but the last must have the same length.",
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
