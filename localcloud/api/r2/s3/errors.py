"""What the S3 API refuses with: R2's codes under the names that S3's clients know them by."""

from __future__ import annotations

from typing import Final

from localcloud.api.errors import ApiError, ErrorKind

UNAUTHORIZED = ErrorKind(401, 10002, "Unauthorized")
ACCESS_DENIED = ErrorKind(403, 10003, "Access Denied")
EXPIRED = ErrorKind(403, 10018, "Request has expired")
NO_LENGTH = ErrorKind(411, 10023, "You must provide the Content-Length HTTP header.")
BAD_REGION = ErrorKind(
    400, 10028, "The region name '{region}' is not valid. Must be one of: wnam, enam, weur, eeur, apac, oc, auto"
)  # fmt: skip
TOO_SKEWED = ErrorKind(
    403, 10034, "The difference between the request time and the server's time is too large."
)
BAD_SIGNATURE = ErrorKind(
    403,
    10035,
    "The request signature we calculated does not match the signature you provided. "
    "Check your secret access key and signing method.",
)
BAD_AUTHORIZATION = ErrorKind(400, 10038, "The authorization is malformed: {reason}")
BAD_XML = ErrorKind(
    400,
    10043,
    "The XML you provided was not well formed or did not validate against our published schema.",
)
BAD_PAYLOAD = ErrorKind(
    400, 10044, "The provided 'x-amz-content-sha256' header does not match what was computed."
)
BAD_CHUNKS = ErrorKind(400, 10049, "The aws-chunked body is malformed: {reason}")
NOT_IMPLEMENTED = ErrorKind(501, 10030, "{what} is not served by the local cloud.")

_NAMES: Final = {
    10001: "InternalError",
    10002: "Unauthorized",
    10003: "AccessDenied",
    10004: "BucketAlreadyOwnedByYou",
    10005: "InvalidBucketName",
    10006: "NoSuchBucket",
    10007: "NoSuchKey",
    10008: "BucketNotEmpty",
    10011: "EntityTooSmall",
    10012: "MetadataTooLarge",
    10018: "ExpiredRequest",
    10020: "InvalidObjectName",
    10022: "InvalidMaxKeys",
    10023: "MissingContentLength",
    10024: "NoSuchUpload",
    10025: "InvalidPart",
    10028: "InvalidRegionName",
    10029: "InvalidArgument",
    10030: "NotImplemented",
    10031: "PreconditionFailed",
    10034: "RequestTimeTooSkewed",
    10035: "SignatureDoesNotMatch",
    10037: "BadDigest",
    10038: "AuthorizationHeaderMalformed",
    10039: "InvalidRange",
    10040: "InvalidRequest",
    10043: "MalformedXML",
    10044: "XAmzContentSHA256Mismatch",
    10048: "InvalidPart",
    10049: "IncompleteBody",
    10069: "ObjectLockedByBucketPolicy",
    100100: "EntityTooLarge",
}


def name_of(error: ApiError) -> str:
    return _NAMES.get(error.details[0].code, "InternalError")
