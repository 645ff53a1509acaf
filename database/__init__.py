"""The application's database: its schema as numbered migrations, their runner, and made-up data to rehearse with.

Knows Postgres and nothing of the platform: an address in, a migrated database out.
"""
