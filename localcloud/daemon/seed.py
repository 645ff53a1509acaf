"""What every local cloud has from its first start: one account with a workers.dev subdomain, and one token that may do all."""

from __future__ import annotations

from typing import Final

from localcloud.api.accounts.models import KIND as ACCOUNT
from localcloud.api.accounts.models import create_account
from localcloud.api.store import Store
from localcloud.api.tokens import create_token, find_token, new_secret
from localcloud.api.workers.models import SUBDOMAIN as SUBDOMAIN_KIND
from localcloud.daemon.home import Home, write_private
from localcloud.working_secrets import deployments_scope, kept_deployments_tokens

ACCOUNT_NAME: Final = "Pitchey local"
SUBDOMAIN: Final = "pitchey"


def ensure_account(store: Store, id: str | None = None) -> str:
    """The account's id, the same from its first start on; `id` gives a new state the id of an old one."""
    for document in store.list(ACCOUNT):
        if document.body["name"] == ACCOUNT_NAME:
            return document.id
    with store.transaction():
        account = create_account(store, ACCOUNT_NAME, id)
        body = {"subdomain": SUBDOMAIN}
        store.insert(SUBDOMAIN_KIND, account.id, "subdomain", body)
    return account.id


def ensure_token(store: Store, home: Home) -> str:
    """The token in the home's file, made if there is none, known to the state whichever state that is."""
    secret = read_token(home)
    if secret is None:
        secret = new_secret()
        write_private(home.token, secret + "\n")
    if find_token(store, secret) is None:
        create_token(store, secret, name="pitchey")
    return secret


def ensure_deployments_tokens(store: Store, home: Home) -> None:
    """Those that were given out as working secrets are known to the state, whichever state that is."""
    for stack, secret in kept_deployments_tokens(home).items():
        if find_token(store, secret) is None:
            create_token(store, secret, **deployments_scope(stack))


def read_token(home: Home) -> str | None:
    try:
        return home.token.read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None
