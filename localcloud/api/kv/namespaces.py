"""Namespaces (kind `kv_namespace`, by account)."""

from __future__ import annotations

from typing import Final

from localcloud.api.ids import hex_id, is_hex_id
from localcloud.api.kv import errors, models
from localcloud.api.store import ClashError, Document, Json, Store

KIND: Final = "kv_namespace"
_MAX_NAMESPACES: Final = 1000
_MAX_TITLE: Final = 512
_SET_ONCE: Final = {"jurisdiction": ("eu", "fedramp", "us"), "mode": ("instant",)}


def create(store: Store, account: str, sent: Json) -> Document:
    """Raises `ApiError` for an empty, too long or taken title, and for a jurisdiction or mode that is not known."""
    title = _checked_title(sent.get("title"))
    if len(store.list(KIND, account)) >= _MAX_NAMESPACES:
        raise errors.TOO_MANY_NAMESPACES(limit=_MAX_NAMESPACES)
    body: Json = {
        "id": hex_id(),
        "title": title,
        "supports_url_encoding": True,
        **_set_once(sent),
    }
    try:
        return store.insert(KIND, account, body["id"], body, title)
    except ClashError as error:
        raise errors.TITLE_TAKEN() from error


def _set_once(sent: Json) -> Json:
    given: Json = {name: sent[name] for name in _SET_ONCE if sent.get(name) is not None}
    for name, value in given.items():
        if value not in _SET_ONCE[name]:
            raise errors.BAD_BODY(reason=f"{name} must be one of {', '.join(_SET_ONCE[name])}")
    return given


def find(store: Store, account: str, id: str, verb: str) -> Document:
    """Raises `ApiError`: 10011 for an id of the wrong shape, 10013 for none of this account."""
    plain = id.replace("-", "")
    if not is_hex_id(plain):
        raise errors.MALFORMED_ID(id=id)
    found = store.get(KIND, account, plain)
    if found is None:
        raise errors.NO_NAMESPACE(verb=verb)
    return found


def _checked_title(title: object) -> str:
    if not isinstance(title, str) or not title.strip():
        raise errors.NO_TITLE()
    if len(models.encoded(title)) > _MAX_TITLE:
        raise errors.BAD_BODY(reason=f"the title is longer than {_MAX_TITLE} bytes")
    return title


def rename(store: Store, namespace: Document, title: object) -> Document:
    title = _checked_title(title)
    try:
        return store.update(namespace, {**namespace.body, "title": title}, title)
    except ClashError as error:
        raise errors.TITLE_TAKEN() from error


def remove(store: Store, namespace: Document) -> None:
    """With all its values. Within a transaction."""
    models.delete_all(store, namespace.id)
    store.delete(namespace)
