"""What `pitchey policy` reads, tells and mends. Judging itself is the pack's."""
