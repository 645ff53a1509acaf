"""What Pages refuses with."""

from localcloud.api.errors import ErrorKind

EXISTS = ErrorKind(
    409, 8000002, "A project with this name already exists. Choose a different project name."
)
NO_PROJECT = ErrorKind(
    404,
    8000007,
    "Project not found. The specified project name does not match any of your existing projects.",
)
NO_DEPLOYMENT = ErrorKind(404, 8000009, "Deployment not found.")
BAD_SESSION = ErrorKind(401, 8000013, "Authorization failed")
DOMAIN_THERE = ErrorKind(409, 8000018, "You have already added this custom domain.")
NO_DOMAIN = ErrorKind(404, 8000021, "Custom domain not found.")
LIVE = ErrorKind(400, 8000034, "Cannot delete the live production deployment of a project.")
ALIASED = ErrorKind(
    400,
    8000035,
    "You cannot delete an aliased deployment without a `?force=true` parameter: it is what its branch's address shows.",
)
BAD_NAME = ErrorKind(
    400, 8000000, "The project name must be 1 to 58 lower-case letters, digits and dashes."
)
BAD_BODY = ErrorKind(400, 8000001, "Invalid request: {reason}")
MISSING_FILES = ErrorKind(400, 8000014, "The manifest names {count} files that were not uploaded.")
NO_FUNCTIONS = ErrorKind(
    400,
    8000001,
    "Pages Functions ({part}) are not served by the local cloud: deploy static files only, or a Worker with assets.",
)
