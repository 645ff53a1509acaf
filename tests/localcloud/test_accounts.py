"""Who am I: accounts, the user, token verification, and what a token may not do."""

from __future__ import annotations

import httpx
import pytest
from cloudflare import BadRequestError, Cloudflare, PermissionDeniedError

from tests.localcloud.conftest import ServedCloud


def test_a_token_is_verified_for_the_user_and_for_its_account(
    api: Cloudflare, account: str, http: httpx.Client
) -> None:
    verified = api.user.tokens.verify()
    assert verified is not None
    assert verified.status == "active"
    owned = api.accounts.tokens.verify(account_id=account)
    assert owned is not None
    assert owned.id == verified.id
    envelope = http.get("/user/tokens/verify").json()
    assert envelope["messages"][0]["message"] == "This API Token is valid and active"


def test_an_unknown_token_is_invalid(served: ServedCloud) -> None:
    answer = served.plain("not-a-known-token-0123456789").get("/user/tokens/verify")
    assert answer.status_code == 401
    assert answer.json()["errors"] == [{"code": 1000, "message": "Invalid API Token"}]
    assert answer.json()["success"] is False


def test_lists_end(api: Cloudflare, account: str) -> None:
    assert [a.id for a in api.accounts.list()] == [account]
    assert len(list(api.memberships.list())) == 1
    found = api.accounts.get(account_id=account)
    assert found is not None
    assert found.name == "Test account"


def test_without_credentials(served: ServedCloud) -> None:
    answer = httpx.get(f"{served.url}/accounts")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == 9106


def test_a_token_reaches_only_its_accounts_and_permissions(
    served: ServedCloud, account: str
) -> None:
    stranger = served.client(served.token_with("*", accounts=("f" * 32,)))
    with pytest.raises(PermissionDeniedError) as refusal:
        stranger.accounts.get(account_id=account)
    assert refusal.value.errors[0].code == 10000
    assert list(stranger.accounts.list()) == []


def test_an_account_id_of_the_wrong_shape_has_no_route(api: Cloudflare) -> None:
    with pytest.raises(BadRequestError) as refusal:
        api.accounts.get(account_id="nonsense")
    assert [error.code for error in refusal.value.errors] == [7003, 7000]
