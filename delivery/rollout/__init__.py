"""A rollout: its strategy, its decisions (pure), and the controller that carries them out."""
