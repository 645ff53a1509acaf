"""Tests that may be looked at after every request without losing their error guarantee; scalars and `math` only, since simulations call them by the million."""
