"""Scenes seen from above, drawn from a seed, with the exact place of every animal."""
