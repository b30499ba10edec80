"""Detectors of what is compared with what, and of the activations before it."""
