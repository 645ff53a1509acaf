"""A query from its text to its answer: variables of any declared type, authorization, errors in Cloudflare's shape.

Cloudflare asks no client to declare a variable with the type of the place that it is used in: wrangler itself declares
`String` for `string` and another dataset's filter. So each variable gets the type of its first use.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import graphql
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLFieldResolver,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    NonNullTypeNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    parse_type,
    specified_rules,
    validate,
    visit,
)
from graphql.validation import VariablesInAllowedPositionRule

from localcloud.api.analytics import schema
from localcloud.api.analytics.datasets import Dataset
from localcloud.api.analytics.resolving import groups
from localcloud.api.routing import Call
from localcloud.api.store import Json

_PERMISSION: Final = "Account Analytics Read"
_ZONE_PERMISSION: Final = "Analytics Read"
_MAX_ZONES: Final = 10
_RULES: Final = [rule for rule in specified_rules if rule is not VariablesInAllowedPositionRule]


def answer(call: Call, text: str, variables: Json, operation: str | None) -> Json:
    """`data` and `errors`, of which one is null."""
    try:
        document = _typed(parse(text))
    except GraphQLError as error:
        return _refused([error])
    refusals = validate(_schema(), document, _RULES)
    if refusals:
        return _refused(refusals)
    result = graphql.execute_sync(
        _schema(),
        document,
        variable_values=variables,
        operation_name=operation,
        context_value=call,
    )
    return _refused(result.errors) if result.errors else {"data": result.data, "errors": None}


def _refused(errors: list[GraphQLError]) -> Json:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "data": None,
        "errors": [
            {
                "message": error.message,
                "path": [str(step) for step in error.path] if error.path else None,
                "extensions": {"timestamp": now, **(error.extensions or {})},
            }
            for error in errors
        ],
    }


class _Uses(Visitor):
    """The type of each variable's first use."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self.types: dict[str, str] = {}
        self._info = info

    def enter_variable_definition(self, *_: object) -> object:
        return self.SKIP

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        expected: object = self._info.get_input_type()  # pyright: ignore[reportUnknownVariableType]
        if expected is not None:
            self.types.setdefault(node.name.value, str(expected))  # pyright: ignore[reportUnknownArgumentType]


class _Retyping(Visitor):
    """Declares each variable with the type of its use; one that has to be given still has to."""

    def __init__(self, types: Mapping[str, str]) -> None:
        super().__init__()
        self._types = types

    def enter_variable_definition(
        self, node: VariableDefinitionNode, *_: object
    ) -> VariableDefinitionNode | None:
        expected = self._types.get(node.variable.name.value)
        if expected is None:
            return None
        required = "!" if isinstance(node.type, NonNullTypeNode) else ""
        return VariableDefinitionNode(
            variable=node.variable,
            type=parse_type(expected.rstrip("!") + required),
            default_value=node.default_value,
            directives=node.directives,
            loc=node.loc,
        )


def _typed(document: DocumentNode) -> DocumentNode:
    info = TypeInfo(_schema())
    uses = _Uses(info)
    visit(document, TypeInfoVisitor(info, uses))
    typed: DocumentNode = visit(document, _Retyping(uses.types))
    return typed


def _viewer(_root: object, _info: object) -> Json:
    return {}


@cache
def _schema() -> GraphQLSchema:
    built = schema.build()
    _resolve(built, "Query", "viewer", _viewer)
    _resolve(built, "viewer", "accounts", _accounts)
    _resolve(built, "viewer", "zones", _zones)
    for dataset in schema.DATASETS:
        _resolve(built, "account", dataset.name, _resolver(dataset))
    return built


def _resolve(
    built: GraphQLSchema, type_name: str, field: str, resolver: GraphQLFieldResolver
) -> None:
    owner = built.type_map[type_name]
    if not isinstance(owner, GraphQLObjectType):
        raise TypeError(f"{type_name} has no fields")
    owner.fields[field].resolve = resolver


def _resolver(dataset: Dataset[Any]) -> GraphQLFieldResolver:
    def resolve(root: Json, info: GraphQLResolveInfo[Call], **arguments: Any) -> list[Json]:  # noqa: ANN401
        return groups(info.context.cloud.store, root["accountTag"], dataset, arguments, info)

    return resolve


def _named(arguments: Json, key: str) -> list[str]:
    given: Json = arguments.get("filter") or {}
    if given.get(key) is not None:
        return [given[key]]
    return list(given.get(f"{key}_in") or ())


def _accounts(_root: object, info: GraphQLResolveInfo[Call], **arguments: Any) -> list[Json]:  # noqa: ANN401
    call: Call = info.context
    wanted = _named(arguments, "accountTag")
    if len(wanted) != 1:
        raise GraphQLError("a query is for one account: filter by accountTag")
    (account,) = wanted
    known = call.cloud.store.get("account", "", account) is not None
    if not known or not call.token.reaches_account(account) or not call.token.may(_PERMISSION):
        raise _unauthorized("not authorized for that account")
    return [{"accountTag": account}]


def _zones(_root: object, info: GraphQLResolveInfo[Call], **arguments: Any) -> list[Json]:  # noqa: ANN401
    call: Call = info.context
    wanted = _named(arguments, "zoneTag")
    if not 1 <= len(wanted) <= _MAX_ZONES:
        raise GraphQLError(f"a query is for one to {_MAX_ZONES} zones: filter by zoneTag")
    for zone in wanted:
        known = call.cloud.store.anywhere("zone", zone) is not None
        if not known or not call.token.reaches_zone(zone) or not call.token.may(_ZONE_PERMISSION):
            raise _unauthorized(f"zone '{zone}' does not have access to the path")
    return [{"zoneTag": zone} for zone in wanted]


def _unauthorized(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "authz"})
