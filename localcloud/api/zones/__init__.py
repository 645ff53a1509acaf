"""Zones, their settings, DNSSEC and cache purges."""
