"""How others would have judged: their published rules, each a small class that is shown the same slices as ours."""
