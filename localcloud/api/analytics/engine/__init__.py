"""Analytics Engine: what Workers write to datasets, and the SQL that reads it."""
