"""One policy pack, in a process of its own: `python -m localcloud.plugins.language.policy_pack ENGINE_ADDRESS FOLDER`.

The official host runs `pulumi.policy`, which imports the whole SDK before it looks at the pack. A pack that speaks the
protocol itself starts without; any other is handed on.
"""

from __future__ import annotations

import gc
import os
import runpy
import sys

from localcloud.plugins import light_pulumi


def main(engine_address: str, folder: str) -> None:
    # It lives for one run, and what it builds stays until the end.
    gc.disable()
    light_pulumi.install()
    try:
        runpy.run_path(folder, run_name="__main__")
    except (ImportError, AttributeError):
        # Nothing is served yet: a pack of the SDK imports that first.
        command = [sys.executable, "-u", "-m", "pulumi.policy", engine_address, folder]
        os.execv(sys.executable, command)  # noqa: S606 (a list, and never a shell)


if __name__ == "__main__":
    main(*sys.argv[1:3])
