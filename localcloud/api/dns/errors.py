"""What DNS records are refused with."""

from localcloud.api.errors import ErrorKind

INVALID = ErrorKind(400, 1004, "DNS Validation Error: {reason}")
BAD_NAME = ErrorKind(400, 9000, "DNS name is invalid.")
BAD_PROXIED_TARGET = ErrorKind(400, 9003, "Target {content} is not allowed for a proxied record.")
BAD_A = ErrorKind(400, 9005, "Content for A record must be a valid IPv4 address.")
BAD_AAAA = ErrorKind(400, 9006, "Content for AAAA record must be a valid IPv6 address.")
BAD_CONTENT = ErrorKind(400, 9007, "Content for {type} record is invalid.")
BAD_PRIORITY = ErrorKind(
    400, 9008, "Invalid priority, priority must be set and be between 0 and 65535"
)
ADDRESS_IN_MX = ErrorKind(
    400,
    9009,
    "Change the content of your MX record to be a hostname (and not an IP address). For more details, refer to <https://developers.cloudflare.com/dns/manage-dns-records/how-to/email-records/#add-mx-records>.",
)
BAD_TTL = ErrorKind(
    400, 9021, "Invalid TTL. Must be between {least} and 86400 seconds, or 1 for Automatic."
)
SELF_REFERENCE = ErrorKind(400, 9039, "CNAME content cannot reference itself.")
NOT_PROXIABLE = ErrorKind(400, 9041, "This DNS record cannot be proxied.")
NO_PRIORITY = ErrorKind(400, 9100, "priority is a required field.")
BAD_DATA = ErrorKind(400, 9101, "data.{field} of a {type} record is {problem}")
TAGS = ErrorKind(400, 9300, "DNS record has {count} tags, exceeding the quota of {quota}.")
NO_RECORD = ErrorKind(404, 81044, "Record does not exist.")
QUOTA = ErrorKind(400, 81045, "The record quota has been exceeded.")
CNAME_CLASH = ErrorKind(400, 81053, "An A, AAAA, or CNAME record with that host already exists.")
CNAME_THERE = ErrorKind(
    400,
    81054,
    "A CNAME record with that host already exists. For more details, refer to <https://developers.cloudflare.com/dns/manage-dns-records/troubleshooting/records-with-same-name/>.",
)
OTHERS_THERE = ErrorKind(400, 81055, "Non-NS records with that host already exist.")
NS_THERE = ErrorKind(400, 81056, "NS records with that host already exist.")
IDENTICAL = ErrorKind(400, 81058, "An identical record already exists.")
WORKER_THERE = ErrorKind(400, 81062, "A DNS record managed by Workers already exists on that host.")
