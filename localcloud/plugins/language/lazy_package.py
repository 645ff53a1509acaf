"""A provider's SDK that is loaded as far as it is used.

Such a package imports its hundreds of modules at once, of which a program uses a dozen: half of the time of a run. Here
a name is looked up in the package's own list of modules, and only the module that defines it is imported.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
import types
from pathlib import Path
from typing import Any, Final

_STAR_IMPORT: Final = re.compile(r"^from \.(\w+) import \*$", re.MULTILINE)
_SHARED: Final = ("_inputs", "outputs")


def install(package: str) -> None:
    """Puts a lazy `package` in the place of the real one; does nothing when it is not installed or already imported."""
    spec = importlib.util.find_spec(package) if package not in sys.modules else None
    if spec is None or spec.origin is None:
        return
    lazy = _LazyPackage(package)
    lazy.__path__ = list(spec.submodule_search_locations or ())
    lazy.__file__ = spec.origin
    lazy.__spec__ = spec
    lazy.modules = set(_STAR_IMPORT.findall(Path(spec.origin).read_text(encoding="utf-8")))
    sys.modules[package] = lazy


class _LazyPackage(types.ModuleType):
    modules: set[str]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        for module in self._candidates(name):
            loaded = importlib.import_module(f"{self.__name__}.{module}")
            if hasattr(loaded, name):
                value = getattr(loaded, name)
                setattr(self, name, value)
                return value
        return self._submodule(name)

    def _candidates(self, name: str) -> list[str]:
        # A resource's class and its own arguments stand in a module of its name, a function in one of its own; the
        # arguments of what is nested in a resource stand together.
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
        own = (snake, snake.removesuffix("_output"), snake.removesuffix("_args"), name)
        shared = [m for m in _SHARED if m in self.modules or m == "_inputs"]
        return [*(m for m in dict.fromkeys(own) if m in self.modules), *shared]

    def _submodule(self, name: str) -> types.ModuleType:
        try:
            return importlib.import_module(f"{self.__name__}.{name}")
        except ImportError as error:
            raise AttributeError(f"{self.__name__} has no member {name!r}") from error
