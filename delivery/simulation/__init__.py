"""Rollouts with made-up traffic, without a cloud: how often a strategy errs, and how fast it finds harm."""
