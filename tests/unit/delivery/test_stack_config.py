"""Settings come from the project, secrets stay with the cloud they belong to."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from delivery.errors import RefusedError
from delivery.stack_config import merge_settings, write_project_file


def write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content))


def test_settings_are_taken_over_and_the_clouds_own_secrets_are_kept(tmp_path: Path) -> None:
    own = tmp_path / "home/Pulumi.staging.yaml"
    write(tmp_path / "Pulumi.staging.yaml", {"config": {"pitchey:zone": "new.example"}})
    write(
        own,
        {
            "encryptionsalt": "v1:salt",
            "config": {"pitchey:zone": "old.example", "pitchey:token": {"secure": "v1:abc"}},
        },
    )
    merge_settings(tmp_path, "staging", own)
    assert yaml.safe_load(own.read_text()) == {
        "encryptionsalt": "v1:salt",
        "config": {"pitchey:zone": "new.example", "pitchey:token": {"secure": "v1:abc"}},
    }
    assert own.stat().st_mode & 0o077 == 0


def test_a_setting_that_the_project_dropped_is_gone(tmp_path: Path) -> None:
    own = tmp_path / "home/Pulumi.staging.yaml"
    write(tmp_path / "Pulumi.staging.yaml", {})
    write(own, {"config": {"pitchey:zone": "old.example"}})
    assert merge_settings(tmp_path, "staging", own)["config"] == {}


def test_secrets_of_the_real_cloud_never_reach_the_local_one(tmp_path: Path) -> None:
    project = tmp_path / "Pulumi.staging.yaml"
    write(
        project,
        {
            "encryptionsalt": "v1:theirs",
            "config": {
                "pitchey:databaseUrl": {"secure": "v1:xyz"},
                "pitchey:a": [{"secure": "v1:x"}],
            },
        },
    )
    before = project.read_bytes()
    merged = merge_settings(tmp_path, "staging", tmp_path / "home/Pulumi.staging.yaml")
    assert merged == {"config": {}}
    assert project.read_bytes() == before


def test_a_secret_in_plain_text_goes_no_further_than_the_validation_that_refuses_it(
    tmp_path: Path,
) -> None:
    key = "pitchey:databaseUrl"
    write(tmp_path / "Pulumi.staging.yaml", {"config": {key: "postgres://plain"}})
    own = tmp_path / "home/Pulumi.staging.yaml"
    write(own, {"config": {key: {"secure": "v1:abc"}}})
    config = merge_settings(tmp_path, "staging", own, {key})["config"]
    assert config == {key: "(in plain text in Pulumi.staging.yaml)"}
    assert "postgres://plain" not in own.read_text()


def test_what_the_real_clouds_provider_is_told_never_reaches_the_local_one(tmp_path: Path) -> None:
    given = {
        "cloudflare:apiToken": "a-real-token",
        "cloudflare:baseUrl": "https://elsewhere.example",
        "cloudflare:apiKey": {"secure": "v1:abc"},
    }
    write(tmp_path / "Pulumi.staging.yaml", {"config": given})
    config = merge_settings(tmp_path, "staging", tmp_path / "home/x.yaml")["config"]
    assert config == {"cloudflare:apiToken": "(in plain text in Pulumi.staging.yaml)"}


@pytest.mark.parametrize(
    "text", ["config: [", "- a\n- b\n", "just words", "config: words", "config:\n  zone: a"]
)
def test_what_is_not_yaml_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    (tmp_path / "Pulumi.staging.yaml").write_text(text)
    with pytest.raises(RefusedError, match=r"Pulumi\.staging\.yaml"):
        merge_settings(tmp_path, "staging", tmp_path / "home/Pulumi.staging.yaml")


def test_the_clouds_folder_is_a_project_of_the_same_name(tmp_path: Path) -> None:
    write(
        tmp_path / "Pulumi.yaml", {"name": "pitchey", "runtime": {"name": "python", "options": {}}}
    )
    write_project_file(tmp_path / "home", tmp_path)
    assert yaml.safe_load((tmp_path / "home/Pulumi.yaml").read_text()) == {
        "name": "pitchey",
        "runtime": "python",
    }
