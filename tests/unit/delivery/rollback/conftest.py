from __future__ import annotations

from collections.abc import Generator

import pytest

from delivery.edge import EdgeClient
from delivery.patient_api import PatientApi
from delivery.rollback.component import Place
from tests.unit.delivery.rollback.cloudflare import Cloudflare, serving


@pytest.fixture
def cloud() -> Generator[Cloudflare]:
    with serving() as one:
        yield one


@pytest.fixture
def place(cloud: Cloudflare) -> Generator[Place]:
    with PatientApi(cloud.access(), patience=3) as api, EdgeClient(cloud) as edge:
        yield Place("staging", cloud, api, edge)
