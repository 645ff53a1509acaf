"""DNS records of a zone."""
