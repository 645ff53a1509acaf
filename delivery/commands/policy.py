"""`pitchey policy`: what the rules are, what they say of a stack, and what has one safe mend."""

from __future__ import annotations

import json
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from delivery.commands.options import CloudOption, JsonOption, results
from delivery.errors import FailedError
from delivery.policy.fixing import fix_settings_and_waivers
from delivery.policy.gate import judge_of
from delivery.policy.listing import rule_as_json, show_rule, show_rules
from delivery.policy.reading import compared_with, stack_in_file, stack_on_cloud
from delivery.policy.reports import as_json as verdict_as_json
from delivery.policy.reports import show
from delivery.policy.sarif import as_sarif, location_of
from delivery.policy.words import printable
from policies.judging import Verdict
from policies.reference import EVERY_RULE, families, rule_explained
from policies.resources import Stack

_VIOLATIONS = 1


class _Group(TyperGroup):
    """Status 1 says that there are violations: an option that nobody knows must not say so."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 (typer's own)
        try:
            return super().invoke(ctx)
        except Exception as error:
            told = getattr(error, "format_message", None)
            if told is None:
                raise
            raise FailedError(str(told()), "`pitchey policy --help` shows what there is") from None


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        cls=_Group,
        no_args_is_help=True,
        rich_markup_mode="rich",
        help="The policy pack: its rules, what they say of a stack, and what has one safe mend.",
    )
    group.command()(check)
    group.command("list")(list_rules)
    group.command()(explain)
    group.command()(fix)
    app.add_typer(group, name="policy")


def check(
    *,
    stack: Annotated[
        str | None,
        typer.Option("--stack", help="Judge what this stack's state holds (else: staging)."),
    ] = None,
    preview: Annotated[
        str | None,
        typer.Option(
            "--preview",
            metavar="FILE",
            help="Judge a preview of any project: `pulumi preview --json --show-sames`; - is standard input.",
        ),
    ] = None,
    state: Annotated[
        str | None,
        typer.Option(
            "--state",
            metavar="FILE",
            help="Judge a state of any project: `pulumi stack export`; - is standard input.",
        ),
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(
            "--against",
            metavar="FILE",
            help="Another stack's state or preview, to compare environments; as often as needed.",
        ),
    ] = None,
    sarif: Annotated[
        bool, typer.Option("--sarif", help="For code scanning: SARIF 2.1.0 on standard output.")
    ] = False,
    as_json: JsonOption = False,
    pending: Annotated[
        bool, typer.Option("--pending", help="Show each thing that could not be read.")
    ] = False,
    cloud: CloudOption = "local",
) -> None:
    """Judges a stack. With --preview or --state no cloud, engine or project is needed.

    Exit status: 0 clean (or only what is waived), 1 violations, 2 could not judge.

    Example: pitchey policy check --state state.json
    """
    given = [name for name in (stack, preview, state) if name is not None]
    if len(given) > 1:
        _refuse("--stack, --preview and --state exclude each other", "give one of them")
    if sarif and as_json:
        _refuse("--sarif and --json exclude each other", "give one of them")
    if [preview or state, *(against or ())].count("-") > 1:
        _refuse("standard input can be read once only", "give the other document as a file")
    file = preview if preview is not None else state
    if file is not None:
        judged = stack_in_file(file, "preview" if preview is not None else "state")
    else:
        judged = stack_on_cloud(stack or "staging", cloud)
    judged = compared_with(judged, against or ())
    verdict = _verdict_on(judged)
    if as_json:
        typer.echo(json.dumps(verdict_as_json(verdict), indent=2))
    elif sarif:
        shown_at = Path(file) if file is not None and file != "-" else None
        location = location_of(shown_at, Path.cwd())
        typer.echo(json.dumps(as_sarif(verdict, location=location, stack=judged.name), indent=2))
    else:
        show(results(), verdict, stack=judged.name, all_pending=pending)
    if not any(r.type.startswith("cloudflare:") for r in (*judged.resources, *judged.deletions)):
        said = "there is no Cloudflare resource in it: nothing to judge"
        typer.echo(said, err=as_json or sarif)
    if verdict.violations:
        raise typer.Exit(_VIOLATIONS)


def list_rules(
    *,
    family: Annotated[
        str | None, typer.Option("--family", help="Of one family only: transport, secrets, …")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Lists the rules.

    Example: pitchey policy list --family transport
    """
    if family is not None and family not in families():
        _refuse(
            f"there is no family {printable(family)!r}", f"the families are {', '.join(families())}"
        )
    rules = [rule for rule in EVERY_RULE if family in {None, rule.family}]
    if as_json:
        typer.echo(json.dumps([rule_as_json(rule) for rule in rules], indent=2))
    else:
        show_rules(results(), rules)


def explain(
    rule: Annotated[str, typer.Argument(help="The rule's name.")], *, as_json: JsonOption = False
) -> None:
    """Explains a rule: what it wants and why, what it reads, where it is judged, how it is mended.

    Example: pitchey policy explain require-strict-tls
    """
    known = rule_explained(rule)
    if known is None:
        names = [each.name for each in EVERY_RULE]
        near = (
            get_close_matches(rule, names, 3, 0.5)
            or [n for n in names if len(rule) > 2 and rule in n][:3]
        )
        _refuse(
            f"there is no rule {printable(rule)!r}",
            f"did you mean {' or '.join(near)}" if near else "`pitchey policy list` shows them all",
        )
    elif as_json:
        typer.echo(json.dumps(rule_as_json(known), indent=2))
    else:
        show_rule(results(), known)


def fix(
    *,
    stack: Annotated[
        str | None, typer.Option("--stack", help="Of this stack only (else: of each).")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
    cloud: CloudOption = "local",
) -> None:
    """Mends what has one safe mend: in the stacks' settings, and waivers that let nothing pass.

    Shows the difference first, and asks. Waivers that nothing needs any more are looked for when a stack is named: that
    takes its state.

    Example: pitchey policy fix --stack production
    """
    fix_settings_and_waivers(results(), stack, cloud, yes=yes, may_ask=sys.stdin.isatty())


def _verdict_on(stack: Stack) -> Verdict:
    try:
        return judge_of(stack.name).judge(stack)
    except (
        ArithmeticError,
        LookupError,
        MemoryError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        # Its words may hold what it stumbled over.
        raise FailedError(
            f"could not be judged: {type(error).__name__}", "report this as a fault of the pack"
        ) from None


def _refuse(what: str, hint: str) -> NoReturn:
    raise FailedError(what, hint)
