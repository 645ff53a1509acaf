"""What the engine needs beside itself: official plugins where they can be had, stand-ins where they cannot."""

from localcloud.plugins.providing import Plugins, provide

__all__ = ["Plugins", "provide"]
