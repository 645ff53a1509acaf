"""Durable Object namespaces, and how a Worker's classes come, change and go."""
