"""What the caches of a stack hold: taken away from outside, and made before it is asked for."""
