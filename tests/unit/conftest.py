"""Importing pulumi_cloudflare warns about resource types that Cloudflare has renamed and nobody here uses."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import pulumi_cloudflare  # noqa: F401  # pyright: ignore[reportUnusedImport]
