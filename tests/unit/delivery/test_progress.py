"""What is told on the way: whoever stops reading stops nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_PROGRAM = """
from pathlib import Path
from delivery.progress import Progress
progress = Progress()
with progress.stage("work"):
    for number in range(3000):
        progress.say(f"line {number}")
Path($DONE).write_text("done")
"""


def test_what_is_done_goes_on_when_nobody_reads_any_more(tmp_path: Path) -> None:
    done = tmp_path / "done"
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM.replace("$DONE", repr(str(done)))], stderr=writing
    )
    os.close(writing)
    assert os.read(reading, 10)
    os.close(reading)
    assert process.wait(60) == 0
    assert done.read_text() == "done"
