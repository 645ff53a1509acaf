"""What the documents show exists: make's verbs, pitchey's commands and options, and the files that they link to."""

from __future__ import annotations

import re
import shlex
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
import typer

from delivery.cli import application
from tests.documents import ROOT, blocks, documents, links

DOCUMENTS = documents()
VERBS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def name(document: Path) -> str:
    return str(document.relative_to(ROOT))


def chain(line: str) -> list[list[str]]:
    """The commands of one line, each as its words."""
    lexer = shlex.shlex(line.replace("…", "X"), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = [[*group] for told, group in groupby(lexer, lambda w: set(w) <= set("&;|")) if not told]
    return [command for command in words if command]


def shown(program: str) -> list[tuple[str, list[str]]]:
    """Every use of a program in the documents: where, and the words after it; chains of commands taken apart."""
    found: list[tuple[str, list[str]]] = []
    for document in DOCUMENTS:
        lines = [line for block in blocks(document) for line in block.commands]
        lines += re.findall(rf"`({program} [^`]+)`", document.read_text())
        for line in lines:
            for words in chain(line):
                if words[0] == program:
                    found.append((f"{name(document)}: {line}", words[1:]))
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_file_that_is_linked_to_is_there(document: Path) -> None:
    missing = [link for link in links(document) if not (document.parent / link).exists()]
    assert missing == []


def test_every_verb_of_make_is_there() -> None:
    uses = shown("make")
    assert uses
    for where, words in uses:
        verbs = [word for word in words if "=" not in word and not word.startswith("-")]
        assert set(verbs) <= VERBS, where


def test_every_command_and_option_of_pitchey_is_there() -> None:
    uses = shown("pitchey")
    assert uses
    for where, words in uses:
        command: Any = typer.main.get_command(application())
        rest = list(words)
        while (known := getattr(command, "commands", None)) and rest and rest[0][0] != "-":
            assert rest[0] in known, where
            command = known[rest.pop(0)]
        options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        used = {word.partition("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
        if not command.context_settings.get("ignore_unknown_options"):
            assert used <= options, where
