"""A Cloudflare for one machine: the v4 API with its state in SQLite, and an edge that runs Workers in workerd."""
