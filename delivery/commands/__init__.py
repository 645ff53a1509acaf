"""The commands of `pitchey`, one a file; each has `register(app)`."""
