"""`pitchey rollback`: what served well before serves again, now; everything else follows."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from delivery.clouds import Cloud, find_cloud
from delivery.commands.options import CloudOption, JsonOption, StackArgument, results
from delivery.edge import EdgeClient
from delivery.errors import DeliveryError, RefusedError
from delivery.incidents import Incident, Moment, write_incident
from delivery.patient_api import PatientApi
from delivery.person import person
from delivery.progress import Progress
from delivery.project import check_stack, find_project
from delivery.rollback.component import Component, NowhereError, Place, Returned
from delivery.rollback.registry import COMPONENTS, find_component
from delivery.rollback.returning import Verified

_WORKER = "worker"
_FAILED = 2


def register(app: typer.Typer) -> None:
    app.command()(rollback)


@dataclass
class _Done:
    component: str
    returned: Returned
    verified: Verified
    seconds: float
    """From the command to the last answer that verified it."""
    timeline: list[Moment] = field(default_factory=list[Moment])


def rollback(
    stack: StackArgument,
    *,
    to: Annotated[
        str | None,
        typer.Option("--to", help="A version's id, or its beginning; the last good one without."),
    ] = None,
    component: Annotated[str, typer.Option(help="worker, pages, or flag:NAME.")] = _WORKER,
    everything: Annotated[
        bool, typer.Option("--all", help="The Worker and the pages, as far as each can go back.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; it stands in the incident.")] = "",
    cloud: CloudOption = "local",
    as_json: JsonOption = False,
) -> None:
    """Gives every request back to the last good version, at once, and verifies it at the edge.

    Example: pitchey rollback staging --reason "checkout fails"
    """
    begun = time.time()
    project = find_project()
    check_stack(project, stack)
    if everything and to is not None:
        raise RefusedError("--to names a version of one component", "leave out --all")
    progress = Progress()
    chosen = find_cloud(cloud, project)
    with PatientApi(chosen.access()) as api, EdgeClient(chosen) as edge:
        place = Place(stack, chosen, api, edge)
        names = list(COMPONENTS) if everything else [component]
        done = _go_back(
            [find_component(n, place) for n in names], to, reason, begun, progress, everything
        )
        record = _follow(project, stack, chosen, edge, done, reason, begun, progress)
    _show(done, record, as_json)
    if not all(one.verified.done for one in done):
        raise typer.Exit(_FAILED)


def _go_back(
    components: list[Component],
    to: str | None,
    reason: str,
    begun: float,
    progress: Progress,
    everything: bool,
) -> list[_Done]:
    """Raises `DeliveryError` when nothing could go back; with `everything` one that fails holds up no other."""
    done: list[_Done] = []
    wrong: DeliveryError | None = None
    for component in components:
        try:
            done.append(_one(component, to, reason, begun, progress))
        except DeliveryError as error:
            if not everything:
                raise
            progress.say(f"{component.name}: {error.what}")
            if wrong is None or isinstance(wrong, NowhereError):
                wrong = error
    if wrong is not None and (not done or not isinstance(wrong, NowhereError)):
        if done:
            progress.say("the others: " + ", ".join(f"{o.component} is back" for o in done))
        raise wrong
    return done


def _one(
    component: Component, to: str | None, reason: str, begun: float, progress: Progress
) -> _Done:
    timeline = [Moment(begun, "asked for")]
    returned = component.go_back(to, reason)
    if not returned.changed:
        progress.say(f"{component.name}: {returned.after} serves already")
        return _Done(component.name, returned, Verified(True, 0, 0, "serves already"), 0, timeline)
    timeline.append(Moment(time.time(), f"{returned.after} is deployed"))
    progress.say(f"{component.name}: {returned.after} is deployed; asking the edge")
    try:
        verified = component.verify(returned, progress.report)
    except DeliveryError as error:
        # It is deployed, and what follows still has to be done.
        verified = Verified(False, 0, 0, f"not verified at the edge: {error.what}")
    timeline.append(Moment(time.time(), verified.said))
    progress.say(f"{component.name}: {verified.said}")
    return _Done(component.name, returned, verified, time.time() - begun, timeline)


def _follow(
    project: Path,
    stack: str,
    cloud: Cloud,
    edge: EdgeClient,
    done: list[_Done],
    reason: str,
    begun: float,
    progress: Progress,
) -> Path | None:
    """The incident record, where anything was changed."""
    changed = [one for one in done if one.returned.changed]
    for one in changed:
        if one.component == _WORKER:
            _follow_worker(project, stack, cloud, edge, one, reason, progress)
    if not changed:
        return None
    by = person()
    incidents = [
        Incident(
            stack=stack,
            component=one.component,
            before=one.returned.before,
            after=one.returned.after,
            reason=reason,
            by=by,
            verified=one.verified.done,
            seconds=round(one.seconds, 3),
            timeline=one.timeline,
        )
        for one in changed
    ]
    try:
        return write_incident(project, incidents, begun)
    except DeliveryError as error:
        progress.say(error.what)
        return None


def _follow_worker(
    project: Path,
    stack: str,
    cloud: Cloud,
    edge: EdgeClient,
    done: _Done,
    reason: str,
    progress: Progress,
) -> None:
    from delivery.rollback import afterwards  # noqa: PLC0415 (the engine comes after the rollback)
    from delivery.rollback.last_good import message  # noqa: PLC0415
    from delivery.stack import Stack  # noqa: PLC0415
    from settings.names import worker_name  # noqa: PLC0415

    returned = done.returned
    target = Stack(project, stack, cloud, report=progress.report, on_event=progress.on_event)

    def note(text: str) -> None:
        progress.say(text)
        done.timeline.append(Moment(time.time(), text))

    said = message(returned.before.split(","), reason)
    id = f"rollback-{int(done.timeline[0].at * 1000)}"
    afterwards.best_effort(
        "ledger", lambda: afterwards.tell_ledger(target, edge, returned, reason), note
    )
    afterwards.best_effort(
        "Pulumi's state", lambda: afterwards.bring_state(target, returned, said), note
    )
    afterwards.best_effort(
        "notifications",
        lambda: afterwards.tell_people(
            target, returned, worker_name(stack), reason, id, progress.report
        ),
        note,
    )


def _show(done: list[_Done], record: Path | None, as_json: bool) -> None:
    if as_json:
        rows: list[dict[str, Any]] = [
            {
                "component": one.component,
                **asdict(one.returned),
                "verified": one.verified.done,
                "seconds": round(one.seconds, 3),
            }
            for one in done
        ]
        typer.echo(json.dumps({"components": rows, "incident": str(record) if record else None}))
        return
    for one in done:
        if one.returned.changed:
            state = "serves everything" if one.verified.done else "is not everywhere yet"
            results().print(
                f"{one.component}: {one.returned.after} {state}, {one.seconds:.1f} s after the command",
                soft_wrap=True,
            )
        else:
            results().print(f"{one.component}: {one.returned.after} serves already", soft_wrap=True)
    if record is not None:
        results().print(f"incident: {record}", soft_wrap=True)
