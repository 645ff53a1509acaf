"""What can go wrong at the edge, each a clear line that says what to do."""

from __future__ import annotations


class EdgeError(Exception):
    """The edge cannot do what it was asked for; the text is one line for a human."""


class PortTakenError(EdgeError):
    def __init__(self, port: int) -> None:
        super().__init__(
            f"port {port} on 127.0.0.1 is in use: end the program that has it, or choose another port"
        )
        self.port = port


class StartError(EdgeError):
    """A workerd process ended before it was ready. `output`: what it printed."""

    def __init__(self, name: str, output: str) -> None:
        last = output.strip().splitlines()
        super().__init__(f"workerd for {name} did not start: {last[-1] if last else 'no output'}")
        self.output = output
