"""Pulumi's SDK reduced to its protocol, for a process that speaks it and runs no program.

`pulumi/__init__.py` imports all that a program may want: a tenth of a second, in each process that a run starts.
"""

from __future__ import annotations

import importlib.util
import sys
import types
from pathlib import Path
from typing import Final

_PACKAGES: Final = ("pulumi", "pulumi.runtime")


def install() -> None:
    """To be called before anything of `pulumi` is imported. From then on `pulumi.runtime.proto` is all that there is."""
    spec = importlib.util.find_spec("pulumi") if "pulumi" not in sys.modules else None
    if spec is None or spec.origin is None:
        return
    root = Path(spec.origin).parent.parent
    for name in _PACKAGES:
        light = types.ModuleType(name)
        light.__path__ = [str(root.joinpath(*name.split(".")))]
        sys.modules[name] = light
