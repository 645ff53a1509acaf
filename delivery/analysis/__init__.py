"""The judgement of a candidate against stable: numbers in, verdicts out. No clock, no network, no file."""
