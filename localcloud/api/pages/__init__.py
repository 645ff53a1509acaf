"""Pages: projects, their deployments of static files, and their domains."""
