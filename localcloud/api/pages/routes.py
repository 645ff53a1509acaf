"""`/accounts/{a}/pages/projects`: projects and their domains."""

from __future__ import annotations

from typing import Final

from localcloud.api.ids import timestamp, uuid_id
from localcloud.api.pages import errors, models
from localcloud.api.pagination import paginate
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import ClashError, Document, Json
from localcloud.api.zones.models import is_domain

service = Service("pages")
READ: Final = "Pages Read"
WRITE: Final = "Pages Write"
ALL: Final = "/accounts/{account}/pages/projects"
ONE: Final = ALL + "/{project}"


def project_of(call: Call) -> Document:
    return models.find_project(call.cloud.store, call.account, call.path["project"])


@service.post(ALL, permission=WRITE)
async def create(call: Call) -> Reply:
    store = call.cloud.store
    with store.transaction():
        made = models.create_project(store, call.account, call.json_object(errors.BAD_BODY))
    await call.cloud.changed()
    return Reply(models.shown(store, made))


@service.get(ALL, permission=READ)
async def list_all(call: Call) -> Reply:
    store = call.cloud.store
    rows = [models.shown(store, project) for project in store.list(models.KIND, call.account)]
    return Reply.of_page(paginate(rows, call.query))


@service.get(ONE, permission=READ)
async def read(call: Call) -> Reply:
    return Reply(models.shown(call.cloud.store, project_of(call)))


@service.patch(ONE, permission=WRITE)
async def change(call: Call) -> Reply:
    store = call.cloud.store
    with store.transaction():
        changed = models.change_project(store, project_of(call), call.json_object(errors.BAD_BODY))
    return Reply(models.shown(store, changed))


@service.delete(ONE, permission=WRITE)
async def remove(call: Call) -> Reply:
    with call.cloud.store.transaction():
        models.remove_project(call.cloud.store, project_of(call))
    await call.cloud.changed()
    return Reply(None)


@service.post(ONE + "/purge_build_cache", permission=WRITE)
async def purge_build_cache(call: Call) -> Reply:
    """Nothing is built here, so there is nothing to purge."""
    project_of(call)
    return Reply(None)


# Domains


_DOMAINS: Final = ONE + "/domains"


def _shown(project: Document, domain: Document) -> Json:
    return {**domain.body, "project_name": project.body["name"]}


def _find_domain(call: Call, project: Document) -> Document:
    found = call.cloud.store.named(models.DOMAIN, project.id, call.path["domain"])
    if found is None:
        raise errors.NO_DOMAIN()
    return found


@service.post(_DOMAINS, permission=WRITE)
async def add_domain(call: Call) -> Reply:
    name = str(call.json_object(errors.BAD_BODY).get("name") or "").lower()
    if not is_domain(name):
        raise errors.BAD_BODY(reason=f"'{name}' is no domain name")
    store = call.cloud.store
    with store.transaction():
        project = project_of(call)
        if any(domain.body["name"] == name for domain in store.list(models.DOMAIN)):
            raise errors.DOMAIN_THERE()
        zone = next(
            (z for z in store.list("zone") if f".{name}".endswith(f".{z.body['name']}")), None
        )
        id = uuid_id()
        body: Json = {
            "id": id,
            "domain_id": id,
            "name": name,
            # Nothing has to be verified elsewhere: what the local cloud serves, it serves at once.
            "status": "active",
            "certificate_authority": "google",
            "validation_data": {"method": "http", "status": "active"},
            "verification_data": {"status": "active"},
            "zone_tag": zone.id if zone else "",
            "created_on": timestamp(),
        }
        try:
            made = store.insert(models.DOMAIN, project.id, id, body, name)
        except ClashError as error:
            raise errors.DOMAIN_THERE() from error
    await call.cloud.changed()
    return Reply(_shown(project, made))


@service.get(_DOMAINS, permission=READ)
async def list_domains(call: Call) -> Reply:
    project = project_of(call)
    found = call.cloud.store.list(models.DOMAIN, project.id)
    return Reply([_shown(project, domain) for domain in found])


@service.get(_DOMAINS + "/{domain}", permission=READ)
async def read_domain(call: Call) -> Reply:
    project = project_of(call)
    return Reply(_shown(project, _find_domain(call, project)))


@service.patch(_DOMAINS + "/{domain}", permission=WRITE)
async def verify_domain(call: Call) -> Reply:
    project = project_of(call)
    return Reply(_shown(project, _find_domain(call, project)))


@service.delete(_DOMAINS + "/{domain}", permission=WRITE)
async def remove_domain(call: Call) -> Reply:
    with call.cloud.store.transaction():
        call.cloud.store.delete(_find_domain(call, project_of(call)))
    await call.cloud.changed()
    return Reply(None)
