"""Health checks of a zone: kept and shown; nothing probes from outside on one machine."""
