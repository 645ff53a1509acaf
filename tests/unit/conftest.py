"""Importing pulumi_cloudflare warns about resource types that Cloudflare has renamed and nobody here uses."""

from __future__ import annotations

import warnings

from hypothesis import settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import pulumi_cloudflare  # noqa: F401  # pyright: ignore[reportUnusedImport]

# How long an example takes says nothing on a busy machine; and the same code passes or fails the same way each time.
settings.register_profile("unit", deadline=None, derandomize=True)
settings.load_profile("unit")
