"""R2: buckets, their rules and domains, and objects."""
