"""What rulesets refuse with. 20001, 20002 and 20016 are codes of the local cloud's own: Cloudflare's are not known."""

from localcloud.api.errors import ErrorKind

NO_RULESET = ErrorKind(404, 10000, "could not find ruleset")
NO_RULE = ErrorKind(404, 10001, "could not find rule")
NO_VERSION = ErrorKind(404, 10002, "could not find version {version} of the ruleset")
NO_ENTRYPOINT = ErrorKind(404, 10003, "could not find entrypoint ruleset in the {phase} phase")
BAD_JSON = ErrorKind(400, 10014, "invalid JSON: {reason}")
BAD_PHASE = ErrorKind(400, 20001, "'{phase}' is not a valid value for phase")
BAD_KIND = ErrorKind(400, 20002, "'{kind}' is not a valid value for kind because {reason}")
BAD_RULE = ErrorKind(400, 20016, "rule {index} is not valid: {reason}")
BAD_ACTION = ErrorKind(
    400,
    20016,
    "'{action}' is not a valid value for action because it is not possible to use the {action} action in a ruleset with phase {phase} and kind {kind}",
)
NO_PARAMETERS = ErrorKind(400, 20113, "action parameters are required for the {action} action")
BAD_PARAMETERS = ErrorKind(400, 20120, "{action} action parameter {reason}")
NO_COLO = ErrorKind(
    400,
    20155,
    "characteristics field is missing 'cf.colo.id', this is required as ratelimiting counting is processed at colocation level only",
)
BAD_RATELIMIT = ErrorKind(400, 20155, "{reason}")
PHASE_TAKEN = ErrorKind(
    400,
    20217,
    "'{kind}' is not a valid value for kind because exceeded maximum number of {kind} rulesets for phase {phase}",
)
