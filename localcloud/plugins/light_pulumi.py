"""Pulumi's SDK reduced to its protocol, for a process that speaks it and runs no program.

`pulumi/__init__.py` imports all that a program may want: a tenth of a second, in each process that a run starts.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from typing import Final

_PROTOCOL: Final = "pulumi.runtime.proto"


def install() -> None:
    """To be called before anything of `pulumi` is imported. From then on `pulumi.runtime.proto` is all that there is, and
    the rest an `ImportError`."""
    spec = PathFinder.find_spec("pulumi") if "pulumi" not in sys.modules else None
    if spec is None or not spec.submodule_search_locations:
        return
    (folder,) = spec.submodule_search_locations
    for name, place in (("pulumi", folder), ("pulumi.runtime", f"{folder}/runtime")):
        light = types.ModuleType(name)
        light.__path__ = [place]
        sys.modules[name] = light
    sys.meta_path.insert(0, _ProtocolAlone)


class _ProtocolAlone:
    """A finder; the abstract class of one would be dearer to import than what is saved."""

    @staticmethod
    def find_spec(
        fullname: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        if fullname.startswith("pulumi.") and not f"{fullname}.".startswith(f"{_PROTOCOL}."):
            raise ImportError(f"{fullname} is not of the protocol", name=fullname)
        return None
