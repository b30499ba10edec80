"""Detectors of losses: what is compared with what, the activations before it, and what is kept of a loss."""
