"""`pitchey`, also as `python -m delivery`: a Ctrl-C ends it with one line from its very start."""

from __future__ import annotations

import signal
import sys

INTERRUPTED = 130


def main() -> None:
    """Runs a command and exits with its status."""
    try:
        from delivery import cli  # noqa: PLC0415 (half a second, in which somebody may lose patience)

        status = cli.main()
    except KeyboardInterrupt:
        status = INTERRUPTED
    # From here on there is nothing left to be interrupted.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Python sends itself the signal at its end if what it interrupted was code from a string, as a dataclass is made of.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    if status == INTERRUPTED:
        from delivery.interrupted import left_behind  # noqa: PLC0415 (of a few milliseconds that nobody can interrupt)

        sys.stderr.write(f"interrupted: {left_behind(sys.argv[1:])}\n")
    sys.exit(status)


if __name__ == "__main__":
    main()
