"""What a change of Durable Object classes is refused with."""

from localcloud.api.errors import ErrorKind

NO_NAMESPACE = ErrorKind(404, 10066, "This Durable Object namespace does not exist.")
TAG_MISMATCH = ErrorKind(
    412,
    10079,
    "Actor migration tag precondition failed, got tag '{got}' when expected tag is '{expected}'. "
    "Please make sure the tags match and try again.",
)
NOT_EXPORTED = ErrorKind(
    400, 10061, "Cannot apply a migration to class '{name}' that is not exported by the script."
)
NO_CLASS = ErrorKind(
    400,
    10061,
    "Cannot create binding for class '{name}' because it is not currently configured to implement "
    "Durable Objects. Declare it in `exports` or in a `new_sqlite_classes` migration.",
)
NO_SCRIPT = ErrorKind(
    400, 10061, "Cannot create binding for class in script '{script}' that does not exist."
)
BOUND_CLASS = ErrorKind(
    400,
    10061,
    "Cannot apply --delete-class migration to class '{name}' without also removing the binding that references it.",
)
STILL_DEPENDED_ON = ErrorKind(
    400,
    10064,
    "New version of script does not export class '{name}' which is depended on by existing Durable Objects. "
    "If you want to delete the class's Durable Objects, you will need to use a --delete-class migration.",
)
CLASS_CONFLICT = ErrorKind(400, 10074, "{reason}")
BAD_MIGRATION = ErrorKind(400, 10021, "Invalid migrations: {reason}")
BAD_EXPORTS = ErrorKind(400, 10021, "Invalid exports: {reason}")
BOTH = ErrorKind(400, 10021, "`exports` and `migrations` are mutually exclusive: send one of them.")
