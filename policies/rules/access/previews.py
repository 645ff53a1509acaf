"""Access to previews: what is not meant for visitors stands behind a login."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...properties import Property
from ...resources import Resource, Stack
from ...rule import Context, Finding, Rule, Severity
from .coverage import Coverage, coverage

_FAMILY: Final = "access"


def _previews(stack: Stack, context: Context) -> Iterator[Finding]:
    guarded = coverage(stack)
    for project in stack.of("PagesProject"):
        if not _makes_previews(project):
            continue
        if guarded.is_told and not _is_covered(project, guarded):
            said = "a preview of every branch is open to everybody"
            yield Finding(said, project.inputs["source"], project)


def _makes_previews(project: Resource) -> bool:
    """Without a source nothing makes previews by itself."""
    source = project.inputs["source"]
    settings = source["config"]
    if not source.exists or not source.is_told or not settings.is_told:
        return False
    switches = (settings["previewDeploymentSetting"], settings["deploymentsEnabled"])
    if not all(switch.is_told for switch in switches):
        return switches[0].word == "all" and switches[1].flag is True
    if switches[0].word == "custom" and _names_branches(settings["previewBranchIncludes"]):
        return False
    return switches[0].word != "none" and switches[1].flag is not False


def _names_branches(branches: Property) -> bool:
    """Whether somebody chose the branches; what is not known yet may be a choice."""
    names = branches.elements()
    chosen = bool(names) and not any(name.word == "*" for name in names)
    return chosen or not branches.is_told


def _is_covered(project: Resource, guarded: Coverage) -> bool:
    names = (project.inputs["name"].text, (project.outputs["subdomain"].text or "").split(".")[0])
    told = [name for name in names if name]
    # The name of a project that is not made yet may get a suffix in its address.
    return not told or any(guarded.covers(f"branch.{name}.pages.dev") for name in told)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        name="require-access-for-previews",
        family=_FAMILY,
        severity=Severity.MEDIUM,
        why="A preview shows what is not released yet, often with weaker settings, and search engines find it",
        kinds=("PagesProject", "ZeroTrustAccessApplication"),
        mend="put an Access application before *.PROJECT.pages.dev, or set previewDeploymentSetting to none",
        link="https://developers.cloudflare.com/pages/configuration/preview-deployments/",
        check_stack=_previews,
        needs_whole=True,
    ),
)
