"""Hyperdrive: pooled connections to a Postgres somewhere, and the cache of what was read through them."""
