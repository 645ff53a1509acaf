"""`pitchey policy fix`: the difference first, one safe mend each, nothing else of a file touched."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from delivery.policy import fixing
from delivery.policy.setting_fixes import mended
from delivery.policy.waiver_fixes import waivers_mended
from delivery.policy.yaml_edits import EditError, veiled, with_value, without_items
from policies.configuration import Configuration
from policies.documents import stack_of_state
from policies.judging import Judge
from policies.registry import RULES
from policies.resources import Resource
from policies.rule import Context, Finding
from tests.unit.delivery.policy_run import CANARY, Run, runner, ssl

TODAY = datetime.now(UTC).date()
SETTINGS = f"""# production, by hand
config:
  pitchey:zone:
    name: "pitchey.example"   # ours
  pitchey:security:
    hstsMaxAge: 86400   # a day
    reportAddress: post@pitchey.example

  # more names
  pitchey:records:
    - name: verification.pitchey.example
      type: TXT
      content: abc
  pitchey:jwtSecret: {CANARY}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: pitchey\nruntime: python\n")
    (tmp_path / "Pulumi.production.yaml").write_text(SETTINGS)
    waivers = tmp_path / "waivers.yaml"
    waivers.write_text("# none\n[]\n")
    monkeypatch.setattr(fixing, "WAIVERS", waivers)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, project: Path) -> Run:
    assert project
    return runner(capsys, monkeypatch)


def judge(stack: str) -> Judge:
    return Judge(RULES, Context(stack, stack == "production", TODAY, Configuration()))


def changed(text: str, stack: str = "production") -> list[str]:
    """`- old` and `+ new` lines."""
    after, _, by_hand = mended(text, yaml.safe_load(text), judge(stack))
    assert by_hand == []
    lines = difflib.ndiff(text.splitlines(), after.splitlines())
    return [line for line in lines if line[0] in "+-"]


# The command


def test_it_shows_the_difference_and_writes_nothing_unasked(run: Run, project: Path) -> None:
    done = run("fix")
    assert done.status == 1
    assert "production: security.hstsMaxAge: require-hsts\n" in done.out
    assert "--- a/Pulumi.production.yaml\n+++ b/Pulumi.production.yaml\n" in done.out
    assert "\n-    hstsMaxAge: 86400   # a day\n+    hstsMaxAge: 31536000   # a day\n" in done.out
    assert done.err == "error: 1 file would be changed; run it in a terminal, or with --yes\n"
    assert (project / "Pulumi.production.yaml").read_text() == SETTINGS
    assert CANARY not in done.out + done.err


def test_it_writes_whole_files_and_does_so_once(run: Run, project: Path) -> None:
    file = project / "Pulumi.production.yaml"
    file.chmod(0o640)
    assert run("fix", "--yes").status == 0
    once = file.read_text()
    assert once.startswith(SETTINGS.replace("86400", "31536000"))
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in project.iterdir() if path.name[0] == ".") == []
    again = run("fix")
    assert again.status == 0
    assert again.out.startswith("nothing to fix")
    assert file.read_text() == once


def test_a_person_is_asked(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    answers: list[bool] = []

    def confirm(text: str, **_options: object) -> None:
        answers.append("Change 1 file?" in text)

    monkeypatch.setattr("delivery.policy.fixing.typer.confirm", confirm)
    monkeypatch.setattr("delivery.commands.policy.sys.stdin", Terminal())
    fixing.fix_settings_and_waivers(console(), None, "local", yes=False, may_ask=True)
    assert answers == [True]
    assert "31536000" in (project / "Pulumi.production.yaml").read_text()
    assert run("fix").out.startswith("nothing to fix")


def console() -> fixing.Console:
    return fixing.Console(quiet=True)


def test_only_the_stack_that_is_named(run: Run, project: Path) -> None:
    staging = "config:\n  pitchey:zone:\n    name: staging.example\n  pitchey:worker:\n    logSampling: 0\n"
    (project / "Pulumi.staging.yaml").write_text(staging)
    assert "Pulumi.production.yaml" not in run("fix", "--stack", "staging").out
    assert "+    logSampling: 0.1" in run("fix", "--stack", "staging").out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"config: [", "is no YAML"),
        (b"config: \xff", "is not in UTF-8"),
        (b"config: \0", "no YAML"),
    ],
)
def test_a_file_that_cannot_be_read(run: Run, project: Path, content: bytes, said: str) -> None:
    (project / "Pulumi.production.yaml").write_bytes(content)
    done = run("fix", "--yes")
    assert (done.status, len(done.err.splitlines())) == (2, 1)
    assert said in done.err


def test_outside_a_project_or_for_no_stack(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("fix", "--stack", "nope").status == 2
    (project / "Pulumi.yaml").unlink()
    assert run("fix").status == 2


def test_what_was_changed_meanwhile_is_not_overwritten(project: Path) -> None:
    file = project / "Pulumi.production.yaml"
    fix = fixing.Fix(file, SETTINGS, "config: {}\n", [])
    file.write_text(SETTINGS + "# by somebody else\n")
    with pytest.raises(Exception, match="was changed meanwhile"):
        fix.write()
    assert file.read_text().endswith("# by somebody else\n")


# Settings


@pytest.mark.parametrize("key", ["workersDev", "previewUrls"])
def test_a_second_way_in_is_shut_in_production_alone(key: str) -> None:
    text = f"config:\n  pitchey:worker: {{{key}: true, logSampling: 0.5}} # both\n  pitchey:uploads: {{lockDays: 9}}\n"
    assert changed(text)[:2] == [
        f"-   pitchey:worker: {{{key}: true, logSampling: 0.5}} # both",
        f"+   pitchey:worker: {{{key}: false, logSampling: 0.5}} # both",
    ]
    assert changed(text, "staging") == []


def test_a_year_of_https_alone_is_for_production() -> None:
    text = "config:\n  pitchey:security:\n    hstsMaxAge: 3600\n  pitchey:uploads: {lockDays: 9}\n"
    assert changed(text) == ["-     hstsMaxAge: 3600", "+     hstsMaxAge: 31536000"]
    assert changed(text.replace("3600", "31536000")) == []


def test_uploads_are_locked_in_production_also_where_nothing_is_said() -> None:
    told = ["+   pitchey:uploads:", "+     lockDays: 30"]
    assert changed("config:\n  pitchey:zone: {name: a.example}") == told
    assert changed("config:\n  pitchey:zone:\n    name: a.example\n\n# end\n") == told
    assert changed("config:\n  pitchey:uploads: {}\n")[1:] == [
        "+   pitchey:uploads: {lockDays: 30}"
    ]
    assert changed("config:\n  pitchey:uploads:\n      lockDays: 0 # none\n") == [
        "-       lockDays: 0 # none",
        "+       lockDays: 30 # none",
    ]
    assert changed("config:\n  pitchey:uploads:\n    abortIncompleteAfterDays: 3\n") == [
        "+     lockDays: 30"
    ]
    assert changed("config:\n  pitchey:zone: {name: a.example}", "staging") == []


def test_some_requests_are_logged() -> None:
    for none in ("0", "0.0"):
        text = f"config:\n  pitchey:worker:\n    logSampling: {none}\n"
        assert changed(text, "staging") == [
            f"-     logSampling: {none}",
            "+     logSampling: 0.1",
        ]
    assert changed("config:\n  pitchey:worker:\n    logSampling: 0.01\n", "staging") == []


def test_a_web_host_goes_through_cloudflare_and_a_mail_host_does_not() -> None:
    text = """config:
  pitchey:zone: {name: a.example}
  pitchey:uploads: {lockDays: 9}
  pitchey:records:
    - name: www.a.example
      type: A
      content: 198.51.100.7 # the old host
    - {name: mail.a.example, type: A, content: 198.51.100.8}
    - {name: a.example, type: MX, content: mail.a.example, priority: 10}
    - {name: shop.a.example, type: AAAA, content: '2001:db8::7', proxied: false}
"""
    assert changed(text) == [
        "+       proxied: true",
        "-     - {name: shop.a.example, type: AAAA, content: '2001:db8::7', proxied: false}",
        "+     - {name: shop.a.example, type: AAAA, content: '2001:db8::7', proxied: true}",
    ]


def test_a_change_that_breaks_another_rule_is_no_mend() -> None:
    def disagrees(resource: Resource, _context: object) -> Iterator[Finding]:
        if resource.inputs["observability"]["headSamplingRate"].number == 0.1:
            yield Finding("it costs money")

    text = "config:\n  pitchey:worker:\n    logSampling: 0\n"
    rule = replace(RULES[0], name="keep-costs", kinds=("Worker",), check=disagrees)
    of = Context("staging", False, TODAY, Configuration())
    assert mended(text, yaml.safe_load(text), Judge([*RULES, rule], of))[1] == []
    assert len(mended(text, yaml.safe_load(text), Judge(RULES, of))[1]) == 1


def test_odd_settings_are_left_alone() -> None:
    odd = (
        "",
        "[]",
        "x",
        "config:",
        "config: []",
        "config: {pitchey:worker: 7, pitchey:records: x}",
    )
    for text in odd:
        after, changes, _ = mended(text, yaml.safe_load(text), judge("staging"))
        assert (after, changes) == (text, [])


# The text of YAML


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a:\r\n  b: 1 # one\r\n", "a:\r\n  b: 1 # one\r\n  c: true\r\n"),
        (
            "a:\n    b: |\n      text\n      more\nz: 1\n",
            "a:\n    b: |\n      text\n      more\n    c: true\nz: 1\n",
        ),
        ("a:\n  b:\n  - x\n  - y\n\n# z\n", "a:\n  b:\n  - x\n  - y\n  c: true\n\n# z\n"),
        ("a: {b: 1}", "a: {b: 1, c: true}"),
        ("a: {b: 1,}\n", "a: {b: 1, c: true}\n"),
        ("a: {}\n", "a: {c: true}\n"),
        ('a: {c: "x"} # y\n', "a: {c: true} # y\n"),
        ("z: 1\n", "z: 1\na:\n  c: true\n"),
    ],
)
def test_a_value_is_set_and_the_rest_stays(before: str, after: str) -> None:
    assert with_value(before, ("a", "c"), True) == after


@pytest.mark.parametrize(
    "text", ["a: &x {c: 1}\nb: *x\n", "a: [1]\n", "a: 7\n", "a: {c: {d: 1}}\n"]
)
def test_what_would_change_something_else_is_refused(text: str) -> None:
    with pytest.raises(EditError):
        with_value(text, ("a", "c"), True)


def test_a_difference_shows_no_secret() -> None:
    text = f"""config:
  pitchey:jwtSecret: '{CANARY}'
  pitchey:databaseUrl: postgres://app:{CANARY}@db.example/x
  other: {{upstashRedisRestToken: {CANARY}}}
  pem: |
    -----BEGIN PRIVATE KEY-----
    {CANARY}
    -----END PRIVATE KEY-----
  plain: 1
"""
    shown = veiled(text, ["upstashRedisRestToken"])
    assert CANARY not in shown
    assert "  plain: 1\n" in shown


# Waivers


def waiver(rule: str, expires: date, stack: str = "", resource: str = "shop-ssl") -> str:
    of = f"  stack: {stack}\n" if stack else ""
    return (
        f"# about {rule}\n- rule: {rule}\n  resource: {resource}\n{of}"
        f"  reason: the origin moves soon\n  owner: ops\n  expires: {expires}\n\n"
    )


def fixed(folder: Path, text: str, stack: str | None, *rows: object) -> tuple[str, Sequence[str]]:
    file = folder / "waivers.yaml"
    file.write_text(text)
    document = {"version": 3, "deployment": {"resources": list(rows)}}
    return waivers_mended(file, text, stack, lambda: stack_of_state(document))


def test_waivers_that_let_nothing_pass_are_taken_out(tmp_path: Path) -> None:
    soon = TODAY + timedelta(days=9)
    good = waiver("require-strict-tls", soon)
    text = (
        "# who lets what pass\n"
        + waiver("require-https", TODAY - timedelta(days=1))
        + good
        + waiver("require-strict-tsl", soon)
        + "- rule: require-hsts # no more\n  owner: ops\n"
    )
    after, why = fixed(tmp_path, text, None)
    assert good in after
    assert after.startswith("# who lets what pass\n# about require-https\n\n# about require-str")
    assert [line.split(": ", 1)[1] for line in why] == [
        f"it expired on {TODAY - timedelta(days=1)}",
        "there is no rule require-strict-tsl",
        "cannot be read: resource, reason, expires is missing",
    ]
    assert fixed(tmp_path, after, None) == (after, [])


def test_without_any_waiver_left_the_list_is_empty(tmp_path: Path) -> None:
    after, why = fixed(tmp_path, waiver("require-https", date(2020, 1, 1)), None)
    assert after == "# about require-https\n[]\n"
    assert len(why) == 1


def test_an_unused_waiver_is_found_by_what_its_stack_holds(tmp_path: Path) -> None:
    text = waiver("require-strict-tls", TODAY, "production") + waiver("require-https", TODAY)
    broken, sound = ssl("flexible"), ssl("strict")
    assert fixed(tmp_path, text, "production", broken) == (text, [])
    assert fixed(tmp_path, text, None, sound) == (text, [])
    assert fixed(tmp_path, text, "staging", sound) == (text, [])
    after, why = fixed(tmp_path, text, "production", sound)
    assert "rule: require-strict-tls" not in after
    assert why[0].endswith("nothing needs it: require-strict-tls finds nothing at shop-ssl")


def test_no_state_is_read_where_no_waiver_hangs_on_it(tmp_path: Path) -> None:
    def unreachable() -> None:
        raise AssertionError

    file = tmp_path / "waivers.yaml"
    file.write_text(waiver("require-https", TODAY))
    assert waivers_mended(file, file.read_text(), "production", unreachable)[1] == []


def test_a_list_in_one_line_is_left_to_a_person() -> None:
    with pytest.raises(EditError):
        without_items("[{rule: x}]\n", [1])


def test_the_command_mends_the_waivers_too(run: Run, project: Path) -> None:
    (project / "waivers.yaml").write_text(waiver("require-https", date(2020, 1, 1)))
    done = run("fix", "--yes", "--stack", "production")
    assert done.status == 0
    assert "waivers.yaml, line 2: it expired on 2020-01-01" in done.out
    assert "-- rule: require-https" in done.out
    assert (project / "waivers.yaml").read_text() == "# about require-https\n[]\n"


def test_a_waivers_file_that_is_no_list(run: Run, project: Path) -> None:
    (project / "waivers.yaml").write_text("rule: x\n")
    done = run("fix", "--yes")
    assert (done.status, len(done.err.splitlines())) == (2, 1)
