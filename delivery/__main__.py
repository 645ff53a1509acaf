"""`python -m delivery` is `pitchey`."""

from delivery.cli import main

main()
