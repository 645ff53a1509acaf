"""The pack, as the engine starts it: `python -m pulumi.policy ENGINE_ADDRESS FOLDER`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    # The folder is a package under whatever name a team gives it; its own modules must not hide anybody else's.
    _here = Path(__file__).resolve().parent
    sys.path[:] = [str(_here.parent), *(p for p in sys.path if Path(p).resolve() != _here)]
    importlib.import_module(f"{_here.name}.analyzer").main()
