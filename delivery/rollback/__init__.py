"""How a component goes back, and how that is verified."""
