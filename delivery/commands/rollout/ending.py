"""What a command's exit status says of a rollout."""

from __future__ import annotations

from typing import Final

from delivery.rollout.state import Phase

EXIT_STATUS: Final = {Phase.FINISHED: 0, Phase.RETURNED: 1}
"""Of a rollout that is over."""
