"""The v4 API: one room a service (`models.py`, `routes.py`, `errors.py`), on the plumbing in this folder."""
