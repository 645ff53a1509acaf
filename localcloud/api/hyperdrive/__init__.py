"""Hyperdrive configurations: where a database is, and how its answers are cached."""
