"""Pulumi's SDK reduced to its protocol, for a process that speaks it and runs no program.

`pulumi/__init__.py` imports all that a program may want: a tenth of a second, in each process that a run starts.
"""

from __future__ import annotations

import importlib.util
import sys
import types
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Final

_PACKAGES: Final = ("pulumi", "pulumi.runtime")
_PROTOCOL: Final = "pulumi.runtime.proto"


def install() -> None:
    """To be called before anything of `pulumi` is imported. From then on `pulumi.runtime.proto` is all that there is, and
    the rest an `ImportError`."""
    spec = importlib.util.find_spec("pulumi") if "pulumi" not in sys.modules else None
    if spec is None or spec.origin is None:
        return
    root = Path(spec.origin).parent.parent
    for name in _PACKAGES:
        light = types.ModuleType(name)
        light.__path__ = [str(root.joinpath(*name.split(".")))]
        sys.modules[name] = light
    sys.meta_path.insert(0, _ProtocolAlone())


class _ProtocolAlone(MetaPathFinder):
    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: types.ModuleType | None = None,
    ) -> ModuleSpec | None:
        del path, target
        if fullname.startswith("pulumi.") and not f"{fullname}.".startswith(f"{_PROTOCOL}."):
            raise ImportError(f"{fullname} is not of the protocol", name=fullname)
        return None
