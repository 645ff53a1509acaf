"""What GraphQL clients send and are refused: variables of every declared type, introspection, authorization, limits."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from localcloud.api.store import Store
from tests.localcloud.analytics.conftest import Query, keep, refusal, served
from tests.localcloud.conftest import ServedCloud

Json = dict[str, Any]
_REQUESTS = "workersInvocationsAdaptive(limit: 10) { sum { requests } }"


def requests_of(answer: Json) -> int:
    assert answer["errors"] is None, answer["errors"]
    (account,) = answer["data"]["viewer"]["accounts"]
    (row,) = account["workersInvocationsAdaptive"]
    return row["sum"]["requests"]


def ago(seconds: float) -> str:
    return datetime.fromtimestamp(time.time() - seconds, UTC).isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("text", "moment", "number"),
    [
        ("string", "string", "uint64"),
        ("string!", "Time!", "uint64!"),
        ("String!", "Time", "Int!"),
        ("String", "String", "Int"),
        ("ID", "DateTime!", "Float"),
        ("string!", "string!", "int64"),
    ],
)
def test_variables_may_be_declared_as_clients_do(
    ask: Query, store: Store, account: str, text: str, moment: str, number: str
) -> None:
    keep(store, served(requests=4), served(requests=8, ago=500))
    answer = ask(
        f"query Q($account: {text}, $since: {moment}, $limit: {number}, $names: [{text.rstrip('!')}!])"
        " { viewer { accounts(filter: {accountTag: $account}) { workersInvocationsAdaptive("
        "limit: $limit, filter: {datetime_geq: $since, scriptName_in: $names}) { sum { requests } } } } }",
        account=account,
        since=ago(100),
        limit=10,
        names=["shop"],
    )
    assert requests_of(answer) == 4


@pytest.mark.parametrize(
    "type_name",
    [
        "AccountWorkersInvocationsAdaptiveFilter_InputObject",
        "AccountWorkersInvocationsAdaptiveFilter_InputObject!",
        "ZoneWorkersRequestsFilter_InputObject",
    ],
)
def test_a_whole_filter_may_be_a_variable(
    ask: Query, store: Store, account: str, type_name: str
) -> None:
    keep(store, served("v1", 4), served("v2", 8))
    answer = ask(
        f"query ($a: String!, $filter: {type_name}) {{ viewer {{ accounts(filter: {{accountTag: $a}}) {{"
        " workersInvocationsAdaptive(limit: 10, filter: $filter) { sum { requests } } } } }",
        a=account,
        filter={"AND": [{"datetime_geq": ago(60)}, {"scriptVersion": "v2"}]},
    )
    assert requests_of(answer) == 8


def test_a_variable_that_must_be_given_is_missed(ask: Query) -> None:
    error = refusal(
        ask(
            "query ($a: string!) { viewer { accounts(filter: {accountTag: $a}) { "
            + _REQUESTS
            + " } } }"
        )
    )
    assert "'$a'" in error["message"]


def test_fragments_and_aliases_select_dimensions(ask: Query, store: Store, account: str) -> None:
    keep(store, served("v1", 4), served("v2", 8))
    answer = ask(
        "query ($a: string) { viewer { accounts(filter: {accountTag: $a}) {"
        ' old: workersInvocationsAdaptive(limit: 10, filter: {scriptVersion: "v1"}) { ...Row }'
        ' new: workersInvocationsAdaptive(limit: 10, filter: {scriptVersion: "v2"}) { ...Row } } } }'
        " fragment Row on AccountWorkersInvocationsAdaptive {"
        " ... on AccountWorkersInvocationsAdaptive { dimensions { version: scriptVersion } } sum { requests } }",
        a=account,
    )
    assert answer["errors"] is None
    assert answer["data"]["viewer"]["accounts"] == [
        {
            "old": [{"dimensions": {"version": "v1"}, "sum": {"requests": 4}}],
            "new": [{"dimensions": {"version": "v2"}, "sum": {"requests": 8}}],
        }
    ]


def test_one_of_several_operations_is_chosen_by_name(
    http: httpx.Client, store: Store, account: str
) -> None:
    keep(store, served(requests=4))
    text = f'{{ viewer {{ accounts(filter: {{accountTag: "{account}"}}) {{ {_REQUESTS} }} }} }}'
    body = {
        "query": f"query First {text} query Second {{ viewer {{ __typename }} }}",
        "operationName": "Second",
    }
    answer = http.post("/graphql", json=body).json()
    assert answer == {"data": {"viewer": {"__typename": "viewer"}}, "errors": None}


def test_the_schema_can_be_introspected(ask: Query) -> None:
    answer = ask(
        "{ __schema { queryType { name } types { name } }"
        ' filter: __type(name: "AccountWorkersInvocationsAdaptiveFilter_InputObject")'
        " { inputFields { name type { name } } } }"
    )
    names = {kind["name"] for kind in answer["data"]["__schema"]["types"]}
    prefix = "AccountWorkersInvocationsAdaptive"
    assert {f"{prefix}{part}" for part in ("Dimensions", "Sum", "Max", "Quantiles")} <= names
    fields = {f["name"]: f["type"]["name"] for f in answer["data"]["filter"]["inputFields"]}
    assert fields["datetime_geq"] == "Time"
    assert fields["scriptVersion"] == "string"
    assert fields["date_lt"] == "Date"


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        ("workersInvocationsAdaptive(limit: 10) { sum { luck } }", "Cannot query field 'luck'"),
        ("durableObjectsStuff(limit: 10) { sum { requests } }", "Cannot query field 'durable"),
        ("workersInvocationsAdaptive { sum { requests } }", "'uint64!' is required"),
        ("workersInvocationsAdaptive(limit: 10) { sum { requests }", "Syntax Error"),
        ('workersInvocationsAdaptive(limit: 10, filter: {mood: "x"}) { sum { requests } }', "mood"),
        (
            'workersInvocationsAdaptive(limit: 10, filter: {datetime_geq: "noon"}) { sum { requests } }',
            "noon",
        ),
        (
            'workersInvocationsAdaptive(limit: 10, filter: {date: "2026-13-01"}) { sum { requests } }',
            "2026-13-01",
        ),
        ('workersInvocationsAdaptive(limit: "ten") { sum { requests } }', "whole number"),
        ("workersInvocationsAdaptive(limit: 10, orderBy: [luck_ASC]) { sum { requests } }", "luck"),
    ],
)
def test_what_the_schema_does_not_know_is_refused(
    ask: Query, account: str, selection: str, message: str
) -> None:
    error = refusal(
        ask(f'{{ viewer {{ accounts(filter: {{accountTag: "{account}"}}) {{ {selection} }} }} }}')
    )
    assert message in error["message"]
    assert error["path"] is None
    assert error["extensions"]["timestamp"].endswith("Z")


def asked_for(account: str, arguments: str) -> str:
    rows = f"workersInvocationsAdaptive({arguments}) {{ sum {{ requests }} }}"
    return f'{{ viewer {{ accounts(filter: {{accountTag: "{account}"}}) {{ {rows} }} }} }}'


@pytest.mark.parametrize("limit", [0, 10_001])
def test_a_limit_out_of_range_is_refused(ask: Query, account: str, limit: int) -> None:
    error = refusal(ask(asked_for(account, f"limit: {limit}")))
    assert error["message"] == "limit must be positive number and not greater than 10000"
    assert error["path"] == ["viewer", "accounts", "0", "workersInvocationsAdaptive"]


def test_a_week_is_the_longest_range(ask: Query, store: Store, account: str) -> None:
    keep(store, served(requests=2, ago=6 * 86400))
    week = asked_for(
        account, f'limit: 1, filter: {{datetime_geq: "{ago(604799)}", datetime_leq: "{ago(0)}"}}'
    )
    assert requests_of(ask(week)) == 2
    longer = asked_for(account, f'limit: 1, filter: {{datetime_geq: "{ago(604900)}"}}')
    error = refusal(ask(longer))
    assert "Time range can't be wider than 604800s, but it's 6049" in error["message"]
    earlier = f'datetime_geq: "{ago(20 * 86400)}", datetime_leq: "{ago(14 * 86400)}"'
    assert ask(asked_for(account, f"limit: 1, filter: {{{earlier}}}"))["errors"] is None


def test_seven_days_by_date_are_a_week(ask: Query, store: Store, account: str) -> None:
    keep(store, served(requests=2))
    today, week_ago = ago(0)[:10], ago(7 * 86400)[:10]
    days = asked_for(account, f'limit: 1, filter: {{date_gt: "{week_ago}", date_leq: "{today}"}}')
    assert requests_of(ask(days)) == 2


def test_data_older_than_ninety_days_is_refused(ask: Query, account: str) -> None:
    range_ = f'datetime_geq: "{ago(91 * 86400)}", datetime_leq: "{ago(90 * 86400)}"'
    error = refusal(ask(asked_for(account, f"limit: 1, filter: {{{range_}}}")))
    assert error["message"] == "cannot request data older than 7776000s"


@pytest.fixture
def outsider(served: ServedCloud) -> Callable[[str, str], Json]:
    """Asks for an account with a token that has this permission in that account alone."""

    def ask(permission: str, account: str) -> Json:
        token = served.token_with(permission, accounts=(account,))
        text = asked_for(served.account, "limit: 1")
        return served.plain(token).post("/graphql", json={"query": text}).json()

    return ask


@pytest.mark.parametrize(
    ("permission", "reached"),
    [
        ("Account Analytics Read", "f" * 32),
        ("Workers Scripts Write", "00000000000000000000000000000a01"),
    ],
)
def test_an_account_needs_permission(
    outsider: Callable[[str, str], Json], permission: str, reached: str
) -> None:
    error = refusal(outsider(permission, reached))
    assert error["message"] == "not authorized for that account"
    assert error["extensions"]["code"] == "authz"


def test_the_permission_to_read_analytics_is_enough(
    outsider: Callable[[str, str], Json], account: str
) -> None:
    assert outsider("Account Analytics Read", account)["errors"] is None


def test_an_unknown_account_is_refused_alike(ask: Query) -> None:
    assert refusal(ask(asked_for("e" * 32, "limit: 1")))["message"].startswith("not authorized")


def test_a_query_names_one_account(ask: Query) -> None:
    error = refusal(ask("{ viewer { accounts { " + _REQUESTS + " } } }"))
    assert "one account" in error["message"]


def test_a_wrong_token_gets_the_envelope(served: ServedCloud) -> None:
    answer = served.plain("not-a-known-token-0123456789").post(
        "/graphql", json={"query": "{ viewer }"}
    )
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["code"] == 10000


def test_zones_are_named_and_must_be_reachable(ask: Query, zone: str) -> None:
    answer = ask(f'{{ viewer {{ zones(filter: {{zoneTag: "{zone}"}}) {{ zoneTag }} }} }}')
    assert answer == {"data": {"viewer": {"zones": [{"zoneTag": zone}]}}, "errors": None}
    missing = "e" * 32
    error = refusal(
        ask(f'{{ viewer {{ zones(filter: {{zoneTag: "{missing}"}}) {{ zoneTag }} }} }}')
    )
    assert error["message"] == f"zone '{missing}' does not have access to the path"
    assert error["extensions"]["code"] == "authz"
