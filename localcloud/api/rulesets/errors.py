"""What rulesets refuse with."""

from localcloud.api.errors import ErrorKind

NO_RULESET = ErrorKind(404, 10000, "could not find ruleset")
NO_ENTRYPOINT = ErrorKind(404, 10003, "could not find entrypoint ruleset in the {phase} phase")
NO_RULE = ErrorKind(404, 10001, "could not find rule")
UNKNOWN_FIELD = ErrorKind(400, 10014, "invalid JSON: unknown field {field}")
BAD_PHASE = ErrorKind(400, 20001, "'{phase}' is not a valid value for phase")
BAD_KIND = ErrorKind(400, 20002, "'{kind}' is not a valid value for kind")
BAD_RULE = ErrorKind(400, 20120, "rule {index} is not valid: {reason}")
PHASE_TAKEN = ErrorKind(
    400,
    20217,
    "'{kind}' is not a valid value for kind because exceeded maximum number of {kind} rulesets for phase {phase}",
)
