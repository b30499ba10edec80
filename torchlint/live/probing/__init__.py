"""Probes: what is tried out on copies of a model, so that nothing of the user's changes."""
