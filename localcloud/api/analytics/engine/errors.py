"""What queries are refused with: plain text, as the SQL API answers it."""


class QueryError(Exception):
    """The text is for whoever wrote the query."""
