"""Where the numbers of a rollout come from."""
