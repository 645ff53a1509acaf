"""The one process that serves the API and the edge, its life and its control."""
