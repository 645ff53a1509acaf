"""What the edge served, as Workers analytics tell it: counts by version and second, asked for by GraphQL."""
