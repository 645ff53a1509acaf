"""The pack beside checkov, on the same mistakes: `bench/checkov/*.tf`, each with its mended twin in the same text.

A section of a file begins with `# mistake:`. What stands after `# good:` takes the
line's place in the mended twin. `(+)` parts what would look like a leaked secret in this repository.

Both read the same Terraform; for the pack it is turned into what Pulumi's bridge makes of it. A tool finds a mistake when
it says something of it that it does not say of the twin.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import yaml

from bench.figures import Reporter, Table
from localcloud.engine.cache import cache_folder
from policies.properties import UNKNOWN, mapping_of, sequence_of
from policies.resources import PROVIDER, Resource
from tests.policies.building import judged, names, resource

CHECKOV: Final = "3.3.30"
NAME: Final = "beside checkov"
_COMMAND: Final = 'make bench FIGURES="checkov" && make docs'
_FIXTURES: Final = Path(__file__).parent / "checkov"
_PACK: Final = Path(__file__).parents[1] / "policies/PulumiPolicy.yaml"
_TWIN: Final = re.compile(r"^(?P<indent>\s*)(?P<bad>.*?)\s*# good: ?(?P<good>.*)$")
_HEAD: Final = """\
terraform {
  required_providers {
    cloudflare = {
      source  = "cloudflare/cloudflare"
      version = "~> 5.0"
    }
  }
}
"""
_READ_HCL: Final = """\
import hcl2, json, pathlib, sys
print(json.dumps([hcl2.loads(pathlib.Path(name).read_text()) for name in sys.argv[1:]]))
"""
_PLURALS: Final = {"include": "includes", "in": "ins", "ingress": "ingresses", "email": "emails"}
"""Lists that Pulumi's bridge names in the plural, of those that are in the fixtures."""
_KEPT_BELOW: Final = frozenset({"env_vars", "kv_namespaces"})
"""Maps whose keys are the user's own."""


@dataclass(frozen=True)
class Mistake:
    said: str
    bad: str
    good: str


def measure(report: Reporter) -> Table:
    """Installs checkov in a cache of its own, outside the project's environment. Raises `CalledProcessError`."""
    mistakes = read_mistakes()
    report(f"checkov {CHECKOV} is installed, beside the project")
    python = _installed()
    with tempfile.TemporaryDirectory(prefix="pitchey-bench-") as temporary:
        folder = Path(temporary).resolve()
        files = [file for number, m in enumerate(mistakes) for file in _written(m, folder, number)]
        report(f"{len(mistakes)} mistakes and their twins, by checkov and by the pack")
        said = _said_by_checkov(python, folder)
        parsed = json.loads(_output([str(python), "-c", _READ_HCL, *map(str, files)]))
    ours = [names(judged(list(resources_of(document)))) for document in parsed]
    rows = [
        (
            mistake.said,
            _listed(f"`{name}`" for name in sorted({*ours[2 * number]} - {*ours[2 * number + 1]})),
            _listed(sorted(said[f"{number}/bad"] - said[f"{number}/good"])),
        )
        for number, mistake in enumerate(mistakes)
    ]
    columns = ("mistake", "this pack", "checkov")
    version = str(yaml.safe_load(_PACK.read_text(encoding="utf-8"))["version"])
    versions = {"checkov": CHECKOV, "this pack": version, "Terraform provider cloudflare": "5"}
    return Table(NAME, columns, rows, versions, _COMMAND, str(datetime.now(UTC).date()))


def _listed(found: Iterable[str]) -> str:
    return ", ".join(found) or "\N{EN DASH}"


def read_mistakes(folder: Path = _FIXTURES) -> list[Mistake]:
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.tf"))]
    return [
        _mistake(section)
        for text in texts
        for section in re.split(r"^# mistake: ", text, flags=re.M)[1:]
    ]


def _mistake(section: str) -> Mistake:
    said, *lines = section.splitlines()
    bad: list[str] = []
    good: list[str] = []
    for line in lines:
        found = _TWIN.match(line)
        for twin, part in ((bad, "bad"), (good, "good")):
            if found is None:
                twin.append(line)
            elif found[part]:
                twin.append(found["indent"] + found[part])
    texts = ("\n".join(twin).replace("(+)", "") for twin in (bad, good))
    return Mistake(said, *texts)


def _written(mistake: Mistake, folder: Path, number: int) -> Iterator[Path]:
    for twin, text in (("bad", mistake.bad), ("good", mistake.good)):
        path = folder / str(number) / twin / "main.tf"
        path.parent.mkdir(parents=True)
        wanted = sorted(set(re.findall(r"\bvar\.(\w+)", text)))
        variables = "".join(f'variable "{name}" {{\n  type = string\n}}\n' for name in wanted)
        path.write_text(f"{_HEAD}{variables}{text}\n", encoding="utf-8")
        yield path


def _installed() -> Path:
    """The interpreter that has it."""
    folder = cache_folder() / f"checkov-{CHECKOV}"
    python = folder / "bin/python"
    uv = str(Path(sys.executable).parent / "uv")
    if not (folder / "bin/checkov").exists():
        _output([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)])
        _output([uv, "pip", "install", "--quiet", "--python", str(python), f"checkov=={CHECKOV}"])
    return python


def _said_by_checkov(python: Path, folder: Path) -> Mapping[str, Counter[str]]:
    """Its failed checks by `number/twin`. It ends with 1 when there are any."""
    checkov = str(python.parent / "checkov")
    asked = ("--framework", "terraform", "secrets", "--output", "json", "--compact", "--quiet")
    arguments = [checkov, "--directory", str(folder), *asked, "--skip-download", "--soft-fail"]
    told: Any = json.loads(_output(arguments))
    said: dict[str, Counter[str]] = {
        f"{path.parent.parent.name}/{path.parent.name}": Counter()
        for path in folder.glob("*/*/main.tf")
    }
    # One framework alone is no list.
    parts = [told] if mapping_of(told) is not None else told
    for part in parts:
        if part.get("results", {}).get("parsing_errors"):
            raise RuntimeError(f"checkov cannot read {part['results']['parsing_errors']}")
        for check in part.get("results", {}).get("failed_checks", ()):
            path = Path(check["file_abs_path"])
            said[f"{path.parent.parent.name}/{path.parent.name}"][check["check_id"]] += 1
    return said


def _output(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def resources_of(document: Mapping[str, Any]) -> Iterator[Resource]:
    """What a Terraform document declares, as Pulumi's bridge names it."""
    for block in document.get("resource", ()):
        for type, named in block.items():
            for name, body in named.items():
                kind = _camel(type.removeprefix("cloudflare"), first="upper")
                lifecycle = body.pop("lifecycle", [{}])[0]
                protect = lifecycle.get("prevent_destroy") == [True]
                yield resource(kind, _inputs(body), name=name, protect=protect)
    for block in document.get("provider", ()):
        yield resource(PROVIDER, _inputs(block["cloudflare"]), name="cloudflare")


def _inputs(body: Mapping[str, Any]) -> dict[str, Any]:
    # The parser puts each attribute of a block in a list.
    attributes = {key: value[0] for key, value in body.items() if not key.startswith("__")}
    return {_bridged(key): _value(value) for key, value in attributes.items()}


def _value(raw: object) -> object:
    items, keys = sequence_of(raw), mapping_of(raw)
    if items is not None:
        return [_value(inner) for inner in items]
    if keys is not None:
        return {_bridged(key): _below(key, inner) for key, inner in keys.items()}
    if not isinstance(raw, str):
        return raw
    encoded = re.fullmatch(r"\$\{jsonencode\((.*)\)\}", raw, re.DOTALL)
    if encoded:
        return json.dumps(ast.literal_eval(encoded[1]))
    return UNKNOWN if raw.startswith("${") else raw.replace('\\"', '"')


def _below(key: str, value: object) -> object:
    named = mapping_of(value) if key in _KEPT_BELOW else None
    return _value(value) if named is None else {n: _value(inner) for n, inner in named.items()}


def _bridged(key: str) -> str:
    return _camel(_PLURALS.get(key, key))


def _camel(name: str, first: str = "lower") -> str:
    head, *rest = name.strip("_").split("_")
    start = head.capitalize() if first == "upper" else head
    return start + "".join(word.capitalize() for word in rest)
