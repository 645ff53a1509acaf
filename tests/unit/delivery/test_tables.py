"""The table at the end of `up`: nothing of an address is lost, and what is printed can be typed."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pytest
from rich.console import Console

from delivery.cloudflare_cloud import CloudflareCloud
from delivery.project import find_project
from delivery.tables import show_stack

STABLE = "11111111-1111-4111-8111-111111111111"
UPLOADED = "22222222-2222-4222-8222-222222222222"
HOST = "pitchey-api-staging.a-company-with-a-long-name.workers.dev"
OUTPUTS = {
    "workerName": "pitchey-api-staging",
    "workerUrl": f"https://{HOST}",
    "urls": {"api": "https://api.pitchey-staging.example", "worker": f"https://{HOST}"},
    "uploadedVersionId": STABLE,
    "stableVersionId": STABLE,
    "candidateVersionId": None,
    "split": [{"versionId": STABLE, "percentage": 100}],
}


def shown(outputs: Mapping[str, object], width: int, *, terminal: bool) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=terminal, color_system=None)
    show_stack(console, "staging", outputs, CloudflareCloud(find_project(), {}))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
@pytest.mark.parametrize("terminal", [True, False])
def test_no_address_and_no_version_is_cut(width: int, terminal: bool) -> None:
    text = "".join(c for c in shown(OUTPUTS, width, terminal=terminal) if c not in " \n│")
    assert f"https://{HOST}/health" in text
    assert f"workerhttps://{HOST}" in text
    # In a narrow terminal an id goes on in the next line, below itself.
    assert STABLE in text or width < 80
    assert "…" not in text


def test_the_workers_own_address_is_first_and_what_each_leads_to_stands_beside_it() -> None:
    lines = shown(OUTPUTS, 200, terminal=False).splitlines()
    assert lines[2].split() == ["worker", f"https://{HOST}", "workers.dev"]
    assert lines[3].split()[2:] == ["the", "Worker", "under", "its", "domain"]


def test_the_site_is_told_where_it_opens_without_a_certificate() -> None:
    class Local(CloudflareCloud):
        def open_url(self, url: str) -> str:
            return url.replace("https://", "http://") + ".localhost:4801"

    def opens(cloud: CloudflareCloud, **more: object) -> str:
        console = Console(file=io.StringIO(), width=200, color_system=None)
        outputs = OUTPUTS | {"pagesProject": "pitchey-staging"} | more
        show_stack(console, "staging", outputs, cloud)
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue()

    project = find_project()
    lines = opens(Local(project, {})).splitlines()
    assert lines[2].split()[:2] == ["site", "http://pitchey-staging.pages.dev.localhost:4801"]
    # On Cloudflare pages.dev and the API are two sites: nobody could stay signed in.
    assert "pages.dev" not in opens(CloudflareCloud(project, {}))
    # Nor beside a Worker that has no address of its own.
    assert "pages.dev" not in opens(Local(project, {}), urls={"api": "https://api.a.example"})


def test_a_version_without_traffic_is_told_with_the_command_that_gives_it_some() -> None:
    text = shown(OUTPUTS | {"uploadedVersionId": UPLOADED}, 200, terminal=False)
    assert f"{UPLOADED}  0 %    without traffic" in text
    assert "pitchey split staging stable=90 uploaded=10" in text
    assert "without traffic" not in shown(OUTPUTS, 200, terminal=False)


def test_both_shares_of_a_split_are_told() -> None:
    split = [{"versionId": STABLE, "percentage": 99.5}, {"versionId": UPLOADED, "percentage": 0.5}]
    text = shown(OUTPUTS | {"split": split, "candidateVersionId": UPLOADED}, 200, terminal=False)
    assert f"stable     {STABLE}  99.5 %" in text
    assert f"candidate  {UPLOADED}   0.5 %" in text
