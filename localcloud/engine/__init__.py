"""How the Pulumi engine is obtained: from PATH, from the cache, by its installer, or built from its sources."""

from localcloud.engine.obtaining import Engine, EngineError, obtain

__all__ = ["Engine", "EngineError", "obtain"]
