"""GET /accounts, /user, /memberships and the two ways to verify a token."""

from __future__ import annotations

from localcloud.api import errors
from localcloud.api.accounts.errors import INVALID_TOKEN
from localcloud.api.accounts.models import KIND, USER_EMAIL, USER_ID, membership
from localcloud.api.errors import ApiError
from localcloud.api.pagination import paginate
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Json
from localcloud.api.tokens import Token, authenticate

service = Service("accounts")


def _reachable(call: Call) -> list[Json]:
    name = call.query.get("name")
    return [
        document.body
        for document in call.cloud.store.list(KIND)
        if call.token.reaches_account(document.id)
        and (name is None or document.body["name"] == name)
    ]


@service.get("/accounts", permission=None)
async def list_accounts(call: Call) -> Reply:
    accounts = _reachable(call)
    if call.query.get("direction") == "desc":
        accounts.reverse()
    return Reply.of_page(paginate(accounts, call.query))


@service.get("/accounts/{account}", permission=None)
async def get_account(call: Call) -> Reply:
    document = call.cloud.store.get(KIND, "", call.account)
    return Reply(document.body if document else None)


@service.get("/user", permission=None)
async def get_user(call: Call) -> Reply:
    return Reply(
        {
            "id": USER_ID,
            "email": USER_EMAIL,
            "first_name": None,
            "last_name": None,
            "username": USER_ID,
            "suspended": False,
            "two_factor_authentication_enabled": False,
            "has_pro_zones": False,
            "has_business_zones": False,
            "has_enterprise_zones": False,
            "organizations": [],
        }
    )


@service.get("/memberships", permission=None)
async def list_memberships(call: Call) -> Reply:
    return Reply.of_page(paginate([membership(a) for a in _reachable(call)], call.query))


def _verified(token: Token) -> Reply:
    result: Json = {"id": token.id, "status": token.status}
    if token.expires_on is not None:
        result["expires_on"] = token.expires_on
    message = {"code": 10000, "message": "This API Token is valid and active", "type": None}
    return Reply(result, messages=(message,))


def _caller(call: Call) -> Token:
    """These endpoints say 'Invalid API Token' where every other says 'Authentication error'."""
    try:
        return authenticate(call.cloud.store, call.headers, call.cloud.now())
    except ApiError as error:
        if error.details[0].code == errors.AUTHENTICATION.code:
            raise INVALID_TOKEN() from error
        raise


@service.route("GET", "/user/tokens/verify", permission=None, authenticated=False)
async def verify_user_token(call: Call) -> Reply:
    return _verified(_caller(call))


@service.route("GET", "/accounts/{account}/tokens/verify", permission=None, authenticated=False)
async def verify_account_token(call: Call) -> Reply:
    token = _caller(call)
    if not token.reaches_account(call.account):
        raise INVALID_TOKEN()
    return _verified(token)
