"""What the Workers family refuses with. Messages are data: a later dump of the real API corrects them here."""

from __future__ import annotations

from typing import Final

from localcloud.api.errors import ApiError, ErrorDetail, ErrorKind

# Not there
NO_WORKER = ErrorKind(404, 10007, "This Worker does not exist on your account.")
NO_SERVICE = ErrorKind(404, 10090, "This service does not exist on your account.")
NO_BETA_VERSION = ErrorKind(
    404,
    10071,
    "The requested Worker version could not be found, please check the ID being passed and try again.",
)
NO_VERSION = ErrorKind(
    404,
    100146,
    "The requested Worker version could not be found, please check the ID being passed and try again.",
)
NO_VERSIONS_YET = ErrorKind(404, 10222, "This Worker has no versions yet. Upload one first.")
NO_DEPLOYMENT = ErrorKind(404, 10336, "The requested deployment could not be found.")
NO_BINDING = ErrorKind(404, 10056, "Binding '{name}' not found.")
NO_ROUTE = ErrorKind(404, 10009, "Route not found.")
NO_DOMAIN = ErrorKind(404, 100114, "The requested custom domain could not be found.")
NO_SUBDOMAIN = ErrorKind(404, 10007, "You have not set up a workers.dev subdomain yet.")
NO_TAIL = ErrorKind(404, 10007, "This tail does not exist.")

# The upload
BAD_NAME = ErrorKind(
    400,
    10016,
    "Invalid Worker name. Ensure the name is lowercase, at most 63 characters long and made of "
    "letters, digits, underscores and dashes only.",
)
NAME_TAKEN = ErrorKind(409, 10040, "A Worker with the name '{name}' already exists.")
BAD_BODY = ErrorKind(400, 10026, "Could not parse request body: {reason}")
NOT_VALID = ErrorKind(400, 10021, "{reason}")
BAD_PARAMETER = ErrorKind(400, 10004, "The parameter '{name}' is malformed")
TOO_LARGE = ErrorKind(
    413, 10027, "Your Worker exceeds the size limit of 64 MiB: it has {size} MiB."
)
NO_HANDLERS = ErrorKind(400, 10068, "No event handlers were registered. This script does nothing.")
UNNAMED_BINDING = ErrorKind(400, 10052, "Binding {index} has no name.")
DOUBLE_BINDING = ErrorKind(
    400, 10053, "Binding name '{name}' already in use. Please use a different name and try again."
)
VARIABLE_TOO_LARGE = ErrorKind(
    400, 10054, "Environment variable or secret '{name}' is larger than 5 KB."
)
TOO_MANY_VARIABLES = ErrorKind(
    400, 10055, "A Worker may have 128 environment variables and secrets at most, not {count}."
)
BAD_INHERIT = ErrorKind(
    400, 10057, "Binding '{name}' cannot be inherited: version {version} has no such binding."
)

# What a binding points at
KV_MALFORMED = ErrorKind(
    400,
    10042,
    "KV namespace '{id}' is not valid. Please verify the namespace_id in your configuration.",
)
KV_MISSING = ErrorKind(400, 10041, "KV namespace '{id}' not found.")
R2_MISSING = ErrorKind(
    400, 10085, "R2 bucket '{name}' not found. Please use a different name and try again."
)
SERVICE_MISSING = ErrorKind(
    400,
    10143,
    "Could not resolve service binding '{binding}'. Target script '{script}' not found. "
    "Please verify the target script and try again.",
)
TARGET_MISSING: Final = {
    "hyperdrive": (10157, "Hyperdrive config '{target}' not found."),
    "d1": (10181, "D1 database '{target}' not found."),
    "queue": (11000, "Queue '{target}' not found."),
    "vectorize": (10159, "Vectorize index '{target}' not found."),
    "dispatch_namespace": (100119, "Dispatch namespace '{target}' not found."),
    "mtls_certificate": (100143, "mTLS certificate '{target}' not found."),
}

# Deployments
BAD_DEPLOYMENT = ErrorKind(400, 10210, "Invalid deployment: {reason}")
_SPLIT_DOCS: Final = (
    "https://developers.cloudflare.com/workers/configuration/versions-and-deployments/"
    "gradual-deployments/#gradual-deployments-for-durable-objects"
)
MIGRATION_UPLOAD = ErrorKind(
    400,
    10211,
    "Version upload failed. You attempted to upload a version of a Worker that includes a Durable Object "
    "migration, but migrations must be fully applied by running `wrangler deploy`.",
    documentation_url=_SPLIT_DOCS,
)
CLASS_CHANGE_SPLIT = ErrorKind(
    400,
    10211,
    "Deployment failed. Version {version} changes Durable Object classes, which must be fully applied: "
    "deploy it alone at 100 percent.",
    documentation_url=_SPLIT_DOCS,
)
SECRET_CHANGED = ErrorKind(
    400,
    10220,
    "A secret has changed since this version was active. Deploying it would change the secrets in use: "
    "add a ?force=true query parameter to allow the rollback. "
    "The following secrets have changed: {names}",
)
SETTINGS_UNDEPLOYED = ErrorKind(
    400,
    10214,
    "Settings edit failed. The latest version of your Worker isn't currently deployed: deploy it first.",
)
SECRET_UNDEPLOYED = ErrorKind(
    400,
    10215,
    "Secret edit failed. You attempted to modify a secret, but the latest version of your Worker isn't "
    "currently deployed. Deploy the latest version first, or edit the secret of a new version.",
)
LIVE_VERSION = ErrorKind(
    400, 10210, "Version {version} is part of the active deployment and cannot be deleted."
)
LIVE_DEPLOYMENT = ErrorKind(400, 10210, "The active deployment cannot be deleted.")
REFERENCED = ErrorKind(
    400,
    10142,
    "This Worker cannot be deleted: other Workers bind to it ({names}). "
    "Remove the bindings first, or add ?force=true.",
)

# Where a Worker is reached
ROUTE_TAKEN = ErrorKind(409, 10020, "A route with the same pattern already exists.")
BAD_PATTERN = ErrorKind(400, 10022, "Invalid route pattern '{pattern}': {reason}")
ROUTE_SCRIPT_MISSING = ErrorKind(400, 10019, "Script '{script}' not found.")
HOSTNAME_TAKEN = ErrorKind(
    409, 100116, "Hostname '{hostname}' is already in use by Worker '{script}'."
)
HOSTNAME_HAS_RECORDS = ErrorKind(
    409,
    100117,
    "Hostname '{hostname}' already has externally managed DNS records (A, CNAME, etc). "
    "Either delete them, try a different hostname, or use the option "
    "'override_existing_dns_record' to override.",
)
NO_ZONE = ErrorKind(400, 10082, "Hostname '{hostname}' is not in a zone of your account.")
SUBDOMAIN_EXISTS = ErrorKind(409, 10036, "Your account already has a workers.dev subdomain.")
SUBDOMAIN_TAKEN = ErrorKind(409, 10031, "The subdomain '{name}' is unavailable.")
BAD_CRON = ErrorKind(400, 10100, "Invalid cron expression '{cron}'.")
BAD_ASSET = ErrorKind(400, 10304, "Invalid asset manifest: {reason}")
BAD_SESSION = ErrorKind(401, 10000, "Authentication error")


def target_missing(type: str, target: str) -> ApiError:
    code, message = TARGET_MISSING[type]
    return ApiError(400, ErrorDetail(code, message.format(target=target)))
