"""Pulumi's SDK for Cloudflare, as far as it is looked at: the whole of it takes seconds to import."""

from __future__ import annotations

import importlib
from typing import Any

from localcloud.plugins.language import lazy_package


def sdk(name: str) -> Any:
    lazy_package.install("pulumi_cloudflare")
    return getattr(importlib.import_module("pulumi_cloudflare"), name)
