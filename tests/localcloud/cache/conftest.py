"""A zone whose Workers use the edge's cache."""

from tests.localcloud.edge.conftest import local

__all__ = ["local"]
