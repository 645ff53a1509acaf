"""The data plane: Worker versions in workerd, and a front that splits real requests by the deployed weights."""

from localcloud.edge.edge import Edge
from localcloud.edge.errors import EdgeError, PortTakenError
from localcloud.edge.model import EdgeProcess, EdgeRequest, StorageService

__all__ = ["Edge", "EdgeError", "EdgeProcess", "EdgeRequest", "PortTakenError", "StorageService"]
