"""What DNS records are refused with."""

from localcloud.api.errors import ErrorKind

NO_RECORD = ErrorKind(404, 81044, "Record does not exist.")
QUOTA = ErrorKind(400, 81045, "The record quota has been exceeded.")
CNAME_CLASH = ErrorKind(400, 81053, "An A, AAAA, or CNAME record with that host already exists.")
CNAME_THERE = ErrorKind(
    400,
    81054,
    "A CNAME record with that host already exists. For more details, refer to <https://developers.cloudflare.com/dns/manage-dns-records/troubleshooting/records-with-same-name/>.",
)
IDENTICAL = ErrorKind(400, 81058, "An identical record already exists.")
BAD_A = ErrorKind(400, 9005, "Content for A record must be a valid IPv4 address.")
BAD_AAAA = ErrorKind(400, 9006, "Content for AAAA record must be a valid IPv6 address.")
BAD_NAME = ErrorKind(400, 9000, "DNS name is invalid.")
BAD_TYPE = ErrorKind(400, 9001, "DNS record type {type} is invalid.")
BAD_CONTENT = ErrorKind(400, 9007, "Content for {type} record is invalid.")
BAD_TTL = ErrorKind(400, 9021, "TTL must be between 60 and 86400 seconds, or 1 for Automatic.")
BAD_PRIORITY = ErrorKind(400, 9102, "A priority of 0 to 65535 is required for {type} records.")
NOT_PROXIABLE = ErrorKind(400, 9041, "This DNS record cannot be proxied.")
TAGS = ErrorKind(400, 9300, "DNS record has {count} tags, exceeding the quota of 0.")
COMMENT = ErrorKind(400, 9301, "DNS record comment is longer than 100 characters.")
BAD_BATCH = ErrorKind(400, 9207, "The batch is not valid: {reason}")
