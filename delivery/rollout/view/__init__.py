"""What people are shown of a rollout while it goes on: a picture of one moment, as a value, as a drawing and as a line."""
