"""Accounts, the user, and whether a token is any good."""
