"""The program: a stack's settings in, the platform built, its outputs out."""

from __future__ import annotations

import os
from pathlib import Path

import pulumi

from components.names import worker_name
from components.platform import Platform
from settings.gate import check_gate
from settings.live_split import read_live_split
from settings.loading import load
from settings.platform_args import platform_args
from settings.stack_config import stack_config

project = Path(__file__).parent
check_gate(pulumi.get_stack(), os.environ, project, dry_run=pulumi.runtime.is_dry_run())
config, secret_keys = stack_config()
settings = load(config, secret_keys, pulumi.get_stack(), os.environ, project)
live = read_live_split(settings.account_id, worker_name(settings.stack), os.environ, config)
platform = Platform("pitchey", platform_args(settings, live))

for name, value in platform.outputs().items():
    pulumi.export(name, value)
