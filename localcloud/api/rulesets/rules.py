"""Rules of a ruleset: checked, given ids and versions, and put in their place."""

from __future__ import annotations

from typing import Any, Final

from localcloud.api.ids import hex_id, timestamp
from localcloud.api.rulesets import errors, expressions, parameters, ratelimits
from localcloud.api.rulesets.phases import allowed_actions
from localcloud.api.shapes import as_object, as_objects, whole_number
from localcloud.api.store import Json

_KNOWN: Final = frozenset(
    {
        "id", "version", "last_updated", "ref", "action", "action_parameters", "description", "enabled", "expression",
        "logging", "ratelimit", "exposed_credential_check", "categories", "score_threshold",
    }
)  # fmt: skip
_SET_BY_SERVER: Final = frozenset({"id", "version", "last_updated"})


def made_rules(sent: object, phase: str, kind: str, old: list[Json], period: int) -> list[Json]:
    """The whole list as it is kept. A rule that comes with the id or ref of an old one keeps its id, and its version
    too unless it changed. `period` is the longest that a rate limit may count over. Raises `ApiError`."""
    given = as_objects(sent)
    if given is None:
        raise errors.BAD_JSON(reason="rules must be a list of objects")
    made: list[Json] = []
    for index, rule in enumerate(given):
        before = _before(rule, [o for o in old if all(o["id"] != m["id"] for m in made)])
        made.append(made_rule(rule, phase, kind, before, period, index))
    refuse_double_refs(made)
    return made


def made_rule(
    sent: Json, phase: str, kind: str, before: Json | None, period: int, index: int = 0
) -> Json:
    """`before` is the rule that this one replaces. Raises `ApiError`."""
    given = {key: value for key, value in sent.items() if value is not None}
    _check(given, phase, kind, period, index)
    id = before["id"] if before else hex_id()
    ref = given.get("ref") or (before["ref"] if before else id)
    rule: Json = {
        "enabled": True,
        **{key: value for key, value in given.items() if key not in _SET_BY_SERVER},
        "id": id,
        "ref": ref,
    }
    if before is None:
        return {**rule, "version": "1", "last_updated": timestamp()}
    if rule == {key: before[key] for key in before if key not in {"version", "last_updated"}}:
        return before
    return {**rule, "version": str(int(before["version"]) + 1), "last_updated": timestamp()}


def _before(rule: Json, old: list[Json]) -> Json | None:
    for key in ("id", "ref"):
        for candidate in old:
            if rule.get(key) and candidate[key] == rule[key]:
                return candidate
    return None


def refuse_double_refs(rules: list[Json]) -> None:
    refs = [rule["ref"] for rule in rules]
    for index, ref in enumerate(refs):
        if ref in refs[:index]:
            raise errors.BAD_RULE(index=index + 1, reason=f"the ref '{ref}' is there already")


def _check(given: Json, phase: str, kind: str, period: int, index: int) -> None:
    for name in given:
        if name not in _KNOWN:
            raise errors.BAD_JSON(reason=f'unknown field "{name}"')
    action = given.get("action")
    if not isinstance(action, str) or not action:
        raise errors.BAD_RULE(index=index + 1, reason="an action is needed")
    if action not in allowed_actions(phase, kind):
        raise errors.BAD_ACTION(action=action, phase=phase, kind=kind)
    problem = expressions.filter_problem(given.get("expression"))
    if problem is not None:
        raise errors.BAD_RULE(index=index + 1, reason=problem)
    if not isinstance(given.get("enabled", True), bool):
        raise errors.BAD_JSON(reason="enabled must be true or false")
    for name in ("description", "ref"):
        if not isinstance(given.get(name, ""), str):
            raise errors.BAD_JSON(reason=f"{name} must be a string")
    if as_object(given.get("logging", {})) is None:
        raise errors.BAD_JSON(reason="logging must be an object")
    parameters.check(action, phase, given.get("action_parameters"))
    if phase == "http_ratelimit":
        ratelimits.check(given.get("ratelimit"), period)
    elif "ratelimit" in given:
        raise errors.BAD_RATELIMIT(reason=f"ratelimit has no place in the {phase} phase")


def index_of(rules: list[Json], id: str) -> int:
    """Raises `ApiError` 10001."""
    for index, rule in enumerate(rules):
        if rule["id"] == id:
            return index
    raise errors.NO_RULE()


def placed(rules: list[Json], rule: Json, position: object, default: int) -> list[Json]:
    """With the rule at `position`: {"index": from 1}, {"before": id, empty: first} or {"after": id, empty: last};
    None is the place `default`, counted from 0."""
    place = default if position is None else _place(rules, as_object(position) or {})
    return [*rules[:place], rule, *rules[place:]]


def _place(rules: list[Json], position: dict[str, Any]) -> int:
    if len(position) != 1:
        raise errors.BAD_JSON(reason="position must have one of before, after and index")
    ((way, where),) = position.items()
    if way == "index":
        number = whole_number(where)
        if number is None or not 1 <= number <= len(rules) + 1:
            raise errors.BAD_JSON(reason=f"position.index must be from 1 to {len(rules) + 1}")
        return number - 1
    if way == "before":
        return index_of(rules, where) if where else 0
    if way == "after":
        return index_of(rules, where) + 1 if where else len(rules)
    raise errors.BAD_JSON(reason=f'unknown field "{way}"')
